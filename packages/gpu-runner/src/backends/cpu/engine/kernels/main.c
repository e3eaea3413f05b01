// What the worker calls: configure once, then write the uniforms, draw, and read the planes.
#include "post.h"
#include "scene-mountains.h"
#include "scene-sea.h"

#define EXPORT(name) __attribute__((export_name(#name))) 

EXPORT(configure) void configure(int w, int h) {
  width = w, height = h, stride = (w + 15) / 16 * 16;
  unsigned long plane = (unsigned long)stride * h * 4;
  red = take(plane), green = take(plane), blue = take(plane), depth = take(plane);
  take_post_buffers();
  fill_lattice();
}
EXPORT(uniformsAt) float *uniforms_at(void) { return uniforms; }
EXPORT(framesAt) unsigned char *frames_at(void) { return luma; }

EXPORT(draw) int draw(int scene) {
  unit_inverse = 1.0f / U_UNIT;
  switch (scene) {
    case 0: draw_sea(); break;
    case 1: draw_mountains(); break;
    default: return 0;
  }
  develop();
  return 1;
}
