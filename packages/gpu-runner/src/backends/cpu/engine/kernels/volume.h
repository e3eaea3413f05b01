// Clouds with depth: rays through a layer of air, a picture of half the size, light from one side.
#pragma once
#include "sky.h"

typedef struct { float low, high, near, far, cover, size, drift; } cloud_layer;

// Octaves summed so far at a point, and where the next one is read.
typedef struct { f4 sum, x, y, z; float amplitude; } cloud_octaves;
INL cloud_octaves cloud_start(const cloud_layer *l, f4 x, f4 y, f4 z) {
  float s = l->size;
  return (cloud_octaves){F(0), x * s + U_SEED[0] + U_TIME * l->drift, y * s * 1.25f + U_TIME * 0.10f, z * s + U_SEED[1], 0.55f};
}
INL void add_octaves(cloud_octaves *o, int count) {
  for (int i = 0; i < count; i++) {
    o->sum += (noise3(o->x, o->z, o->y) * 2.0f - 1.0f) * o->amplitude;
    f4 nx = (o->x * 0.8f - o->z * 0.6f) * 2.07f + 3.1f;
    o->z = (o->x * 0.6f + o->z * 0.8f) * 2.07f + 1.7f;
    o->x = nx, o->y = o->y * 2.11f + U_TIME * 0.16f;
    o->amplitude *= 0.52f;
  }
}
INL f4 cloud_body(const cloud_layer *l, f4 y) { // full in the middle, flat below, thin on top
  f4 height = (y - l->low) * (1.0f / (l->high - l->low)), body = 1.0f - sq(height * 2.0f - 0.85f);
  return l->cover + (body - 1.0f) * 0.42f - height * 0.12f;
}
// Where a pixel of the half picture lies, in units.
INL f4 half_x(int column) { return ((F((float)column + 0.5f) + LANES) * 2.0f - (float)width * 0.5f) * unit_inverse; }
INL f4 half_y(int row, f4 x) { return ((float)height * 0.5f - ((float)row + 0.5f) * 2.0f) * unit_inverse + x * U_ROLL; }
// Fills the half planes with light and transmittance along each ray.
static void march_clouds(const cloud_layer *l, int steps) {
  v3 sun = U3(U_SUN_DIRECTION);
  for (int row = 0; row < half_height; row++)
    for (int column = 0; column < half_width; column += 4) {
      f4 x = half_x(column), y = half_y(row, x);
      v3 d = norm3(view_ray(x, y));
      f4 up = sel(abs4(d.y) < 1e-4f, F(1e-4f), d.y);
      f4 a = (l->low - U_EYE[1]) / up, b = (l->high - U_EYE[1]) / up;
      f4 from = fmax4(fmin4(a, b), F(l->near)), to = fmin4(fmax4(a, b), F(l->far));
      v3 light = V1(0, 0, 0);
      f4 clear = F(1);
      i4 crossing = to > from;
      if (any(crossing)) {
        f4 grit = even_noise(F((float)column) + LANES, F((float)row));
        f4 towards = dot3(d, sun);
        f4 phase = 0.55f + 0.9f * sq(sq(fmax4(towards, F(0)))) + 0.25f * sat(-towards);
        // Steps grow with distance, so that near clouds are fine and far ones cheap.
        f4 ratio = exp2_4(log2_4(fmax4((to + 0.6f) / (from + 0.6f), F(1.0001f))) * (1.0f / (float)steps));
        f4 t = from + (ratio - 1.0f) * (from + 0.6f) * grit;
        for (int i = 0; i < steps; i++) {
          f4 length = (t + 0.6f) * (ratio - 1.0f);
          f4 px = U_EYE[0] + d.x * t, py = U_EYE[1] + d.y * t, pz = U_EYE[2] + d.z * t;
          cloud_octaves here = cloud_start(l, px, py, pz);
          add_octaves(&here, 2);
          f4 shape = cloud_body(l, py);
          if (any((here.sum + shape > -0.22f) & crossing & (clear > 0.02f))) {
            add_octaves(&here, 3);
            f4 dense = here.sum + shape;
            i4 inside = (dense > 0) & crossing;
            if (any(inside)) {
              float reach = 0.34f;
              cloud_octaves lit_side = cloud_start(l, px + sun.x * reach, py + sun.y * reach, pz + sun.z * reach);
              add_octaves(&lit_side, 3);
              f4 lee = lit_side.sum + cloud_body(l, py + sun.y * reach);
              f4 lit = exp4(fmax4(lee, F(0)) * -7.5f) * 0.62f + sat(0.2f + (dense - lee) * 2.6f) * 0.38f;
              f4 height = sat((py - l->low) * (1.0f / (l->high - l->low)));
              v3 glow = mix3(scale3(U3(U_CLOUD_SHADE), 0.30f + 0.75f * height), U3(U_CLOUD_LIT), sat(lit));
              glow = mad3(glow, U3(U_SUN_COLOUR), lit * phase * 0.32f);
              f4 distance = exp4(t * -U_FOG_DENSITY);
              glow = mix3(U3(U_FOG_COLOUR), glow, distance);
              f4 keep = exp4(fmax4(dense, F(0)) * length * (-14.0f * l->size));
              keep = sel(inside, keep, F(1));
              light = mad3(light, glow, clear * (1.0f - keep));
              clear *= keep;
              if (!any(crossing & (clear > 0.02f))) break;
            }
          }
          t += length;
        }
      }
      int at = row * half_stride + column;
      *(f4 *)(half_plane[0] + at) = light.x, *(f4 *)(half_plane[1] + at) = light.y, *(f4 *)(half_plane[2] + at) = light.z;
      *(f4 *)(half_plane[3] + at) = clear;
    }
}
// Takes out what the uneven starts of the rays left: a small blur, row by row over two kept rows.
static float *half_rows;
static void smooth_half(void) {
  for (int plane = 0; plane < 4; plane++) {
    float *p = half_plane[plane], *above = half_rows, *here = half_rows + half_stride;
    __builtin_memcpy(above, p, (unsigned long)half_stride * 4);
    for (int row = 0; row < half_height; row++) {
      float *own = p + row * half_stride, *below = row + 1 < half_height ? own + half_stride : own;
      __builtin_memcpy(here, own, (unsigned long)half_stride * 4);
      for (int column = 0; column < half_width; column += 4) *(f4 *)(own + column) = (*(f4 *)(above + column) + *(f4 *)(below + column)) * 0.25f + *(f4 *)(here + column) * 0.5f;
      float *kept = above;
      above = here, here = kept;
      float left = own[0];
      for (int column = 0; column < half_width; column++) {
        float middle = own[column], right = column + 1 < half_width ? own[column + 1] : middle;
        own[column] = (left + right) * 0.25f + middle * 0.5f;
        left = middle;
      }
    }
  }
}
// Bilinear reading of the half planes at a quad of pixels.
INL f4 half_at(int plane, int column, int row) {
  int y0 = (row - 1) / 2, y1 = row & 1 ? y0 + 1 : y0;
  if (row == 0) y0 = y1 = 0;
  else if (!(row & 1)) y1 = row / 2, y0 = y1 - 1;
  if (y1 >= half_height) y1 = half_height - 1;
  float wy = row & 1 ? 0.25f : 0.75f; // weight of y1
  const float *a = half_plane[plane] + y0 * half_stride, *b = half_plane[plane] + y1 * half_stride;
  int c = column / 2, left = c > 0 ? c - 1 : 0, right = c + 2 < half_width ? c + 2 : half_width - 1, mid = c + 1 < half_width ? c + 1 : half_width - 1;
  f4 top = (f4){a[left], a[c], a[mid], a[right]}, low = (f4){b[left], b[c], b[mid], b[right]};
  f4 s = top + (low - top) * wy; // left, first, second, right
  f4 own = __builtin_shufflevector(s, s, 1, 1, 2, 2), other = __builtin_shufflevector(s, s, 0, 2, 1, 3);
  return own * 0.75f + other * 0.25f;
}
INL f4 half_clear(const pixel *p) { return half_at(3, p->column, p->row); }
// The half picture over `behind`; `wisps`: full-size detail, about -1..1, that frays edges and ruffles surfaces.
INL v3 over_half(const pixel *p, v3 behind, f4 clear, f4 wisps) {
  f4 edge = clear * (1.0f - clear);
  behind = scale3(behind, 1.0f + wisps * edge * 0.9f);
  f4 ruffle = 1.0f + wisps * (0.16f - 0.10f * clear);
  return V(behind.x * clear + half_at(0, p->column, p->row) * ruffle, behind.y * clear + half_at(1, p->column, p->row) * ruffle, behind.z * clear + half_at(2, p->column, p->row) * ruffle);
}
