// The picture being drawn: buffers, the camera's rays, and the loop over pixels.
#pragma once
#include "noise.h"
#include "uniforms.h"

static int width, height, stride; // stride: width rounded up to 16
static float *red, *green, *blue; // linear light, stride x height
static float *depth;              // along the view axis, 0 where nothing was hit; stride x height
static float unit_inverse;

extern unsigned char __heap_base;
static unsigned long heap_top;
static void *take(unsigned long bytes) { // from the end of memory, 16-byte aligned; never freed, an instance draws one size
  if (heap_top == 0) heap_top = (unsigned long)&__heap_base;
  unsigned long at = (heap_top + 15) & ~15ul, need = at + bytes, have = __builtin_wasm_memory_size(0) * 65536ul;
  if (need > have && __builtin_wasm_memory_grow(0, (need - have + 65535ul) / 65536ul) == (unsigned long)-1) __builtin_trap();
  heap_top = need;
  return (void *)at;
}

// A second picture at half the size, for what is soft: colour and how much shows through. Drawn first, then read in between.
static int half_width, half_height, half_stride;
static float *half_plane[4];
#define LANES ((f4){0, 1, 2, 3})
// What is the same in all rows of a column, worked out once a frame: up to COLUMN_BYTES for each quad of columns, in the scene's own order.
#define COLUMN_BYTES 2048
static unsigned char *column_store;
#define COLUMN(type, column) ((type *)(column_store + (column) / 4 * COLUMN_BYTES))
typedef struct {
  int column, row;  // of the first of the four pixels
  f4 x, y;          // in units: right and up, 0 in the middle of the picture
  v3 ray;           // world direction with length 1 along the view axis
  v3 direction;     // the same, length 1
} pixel;

INL f4 units_x(int column) { return ((F((float)column + 0.5f) + LANES) - (float)width * 0.5f) * unit_inverse; }
INL float units_y(int row) { return ((float)height * 0.5f - (float)row - 0.5f) * unit_inverse; }
INL v3 view_ray(f4 x, f4 y) {
  f4 rx = x * (1.0f / U_ZOOM), ry = (y + U_TILT) * (1.0f / U_ZOOM);
  return V(rx * U_HEADING[0] + U_HEADING[1], ry, U_HEADING[0] - rx * U_HEADING[1]);
}
INL pixel pixel_at(int column, int row) {
  pixel p;
  p.column = column, p.row = row;
  f4 x = units_x(column);
  float y = units_y(row);
  p.x = x, p.y = y + x * U_ROLL; // a roll tips the horizon by a shear: columns stay upright, which ground.h needs
  p.ray = view_ray(p.x, p.y);
  p.direction = norm3(p.ray);
  return p;
}
// Size of a pixel, in radians, made larger where less detail is asked for.
INL float pixel_angle(void) { return unit_inverse / (U_ZOOM * U_DETAIL); }
INL void store_pixel(const pixel *p, v3 c) {
  int at = p->row * stride + p->column;
  *(f4 *)(red + at) = c.x, *(f4 *)(green + at) = c.y, *(f4 *)(blue + at) = c.z;
}
#define DRAW(shade)                                         \
  for (int row = 0; row < height; row++)                    \
    for (int column = 0; column < width; column += 4) {     \
      pixel p = pixel_at(column, row);                      \
      store_pixel(&p, shade(&p));                           \
    }
// 0..1, even over any small neighbourhood: hides steps better than chance does.
INL f4 even_noise(f4 x, f4 y) { return fract4(52.9829189f * fract4(0.06711056f * x + 0.00583715f * y)); }
INL v3 U3(const float *at) { return V1(at[0], at[1], at[2]); }
