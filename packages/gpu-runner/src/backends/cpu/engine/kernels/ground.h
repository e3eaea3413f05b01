// Heightfields, drawn column by column from near to far. Each step of a column costs one height, however many pixels it fills.
#pragma once
#include "frame.h"

typedef f4 (*height_function)(f4 x, f4 z, f4 grain);

// `growth`: relative length of a step; `ceiling`: no height lies above it; `steepness` and `bumps`: the ground climbs no faster, but for
// things of that height that stand on it.
typedef struct { float nearest, farthest, growth, ceiling, steepness, bumps; } ground_march;
// Fills `depth`.
INL void march_ground(height_function ground, ground_march m) {
  float angle = pixel_angle(), middle = (float)height * 0.5f, scale = U_ZOOM / unit_inverse, tilted = U_TILT / unit_inverse;
  for (int i = 0; i < stride * height; i++) depth[i] = 0;
  for (int column = 0; column < width; column += 4) {
    f4 across = units_x(column), shift = tilted + across * (U_ROLL / unit_inverse);
    float least_shift = minf(shift);
    v3 ray = view_ray(across, F(0));
    int top[4] = {height, height, height, height};
    float before = m.nearest;
    f4 row_before = F((float)height * 4);
    for (float t = m.nearest; t < m.farthest; t *= 1.0f + m.growth) {
      float highest = middle - (m.ceiling - U_EYE[1]) / t * scale + least_shift;
      if (m.ceiling > U_EYE[1] && highest > top[0] && highest > top[1] && highest > top[2] && highest > top[3]) break;
      f4 h = ground(U_EYE[0] + ray.x * t, U_EYE[2] + ray.z * t, F(angle * t));
      f4 row = middle - (h - U_EYE[1]) * (scale / t) + shift;
      for (int lane = 0; lane < 4; lane++) {
        float to = row[lane], from = row_before[lane];
        if (to - 0.5f >= (float)top[lane]) continue;
        int end = (int)(to + 0.5f); // the first row whose centre lies below `to`
        if (end < 0) end = 0;
        float slope = from - to > 1e-6f ? (t - before) / (from - to) : 0;
        for (int r = top[lane] - 1; r >= end; r--) {
          float along = (from - ((float)r + 0.5f)) * slope;
          depth[r * stride + column + lane] = before + (along < 0 ? 0 : along > t - before ? t - before : along);
        }
        if (end < top[lane]) top[lane] = end;
      }
      if (top[0] + top[1] + top[2] + top[3] == 0) break;
      before = t;
      row_before = row;
      // Ground far below the line that is drawn already, or below the picture, stays hidden for a while: those steps are left out.
      f4 line = {(float)top[0], (float)top[1], (float)top[2], (float)top[3]};
      f4 gap = (row - line) * (t / scale) - m.bumps, climb = fmax4(m.steepness - (middle - line + shift) * (1.0f / scale), F(0.05f));
      float hidden_until = t + minf(gap / climb);
      while (t * (1.0f + m.growth) < hidden_until) t *= 1.0f + m.growth;
    }
  }
}
// Two values of the ground that may serve the row below as well; each quad of columns keeps them for two kinds of ground.
typedef struct { f4 t, first, second; int row; } kept_ground;
static void forget_ground(void) {
  for (int column = 0; column < width; column += 4) COLUMN(kept_ground, column)[0].row = COLUMN(kept_ground, column)[1].row = -1;
}
// Whether this row sees the same slope as the one above: no edge lies between them.
INL int is_same_ground(const kept_ground *kept, const pixel *p, f4 t) {
  return (p->row & 1) && kept->row == p->row - 1 && all(abs4(t - kept->t) < 0.03f * t);
}
INL f4 depth_at(const pixel *p) { return *(f4 *)(depth + p->row * stride + p->column); }
