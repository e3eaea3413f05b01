// What the worker calls: configure once, then write the uniforms, draw, and read the planes.
#include "post.h"
#include "scene-aurora.h"
#include "scene-clouds.h"
#include "scene-desert.h"
#include "scene-fire.h"
#include "scene-flow.h"
#include "scene-forest.h"
#include "scene-meadow.h"
#include "scene-mountains.h"
#include "scene-sea.h"
#include "scene-skyline.h"
#include "scene-snowfield.h"
#include "scene-space.h"
#include "scene-street.h"
#include "scene-studio.h"
#include "scene-underwater.h"

#define EXPORT(name) __attribute__((export_name(#name))) 

EXPORT(configure) void configure(int w, int h) {
  width = w, height = h, stride = (w + 15) / 16 * 16;
  unsigned long plane = (unsigned long)stride * h * 4;
  red = take(plane), green = take(plane), blue = take(plane), depth = take(plane);
  take_post_buffers();
  half_width = (w + 1) / 2, half_height = (h + 1) / 2, half_stride = (half_width + 15) / 16 * 16;
  half_rows = take((unsigned long)half_stride * 8);
  for (int i = 0; i < 4; i++) half_plane[i] = take((unsigned long)half_stride * half_height * 4);
  column_store = take((unsigned long)stride / 4 * COLUMN_BYTES);
  fill_lattice();
  fill_grain();
}
EXPORT(uniformsAt) float *uniforms_at(void) { return uniforms; }
EXPORT(framesAt) unsigned char *frames_at(void) { return luma; }

EXPORT(draw) int draw(int scene) {
  unit_inverse = 1.0f / U_UNIT;
  switch (scene) {
    case 0: draw_sea(); break;
    case 1: draw_mountains(); break;
    case 2: draw_desert(); break;
    case 3: draw_meadow(); break;
    case 4: draw_snowfield(); break;
    case 5: draw_forest(); break;
    case 6: draw_clouds(); break;
    case 7: draw_open_sky(); break;
    case 8: draw_aurora(); break;
    case 9: draw_space(); break;
    case 10: draw_fire(); break;
    case 11: draw_street(); break;
    case 12: draw_skyline(); break;
    case 13: draw_underwater(); break;
    case 14: draw_flow(); break;
    case 15: draw_studio(); break;
    default: return 0;
  }
  develop();
  return 1;
}
