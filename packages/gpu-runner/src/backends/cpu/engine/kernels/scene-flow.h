// Colours in motion: folds of silk, made by noise that bends noise, lit from the side.
#pragma once
#include "slices.h"

// Knobs: 0 scale, 1 sharpness of the folds, 2 gloss, 3 pigment.
INL f4 fold_height(f4 x, f4 y, f4 *bend_x, f4 *bend_y) {
  f4 wx = slice_noise(1, x * 0.8f, y * 0.8f) + 0.5f * slice_noise(2, x * 1.7f + 4.0f, y * 1.7f);
  f4 wy = slice_noise(1, x * 0.8f + 5.2f, y * 0.8f + 1.3f) + 0.5f * slice_noise(2, x * 1.7f, y * 1.7f + 8.0f);
  f4 vx = slice_noise(3, x + wx * 2.2f + 1.7f, y + wy * 2.2f + 9.2f), vy = slice_noise(3, x + wx * 2.2f + 8.3f, y + wy * 2.2f + 2.8f);
  *bend_x = vx, *bend_y = wx * 0.66f;
  f4 phase = (x * 0.35f + vx * 2.6f + vy * 1.2f) * 3.6f;
  return (sin4(phase) * 0.5f + 0.5f) * 0.62f + noise2(x * 0.7f + vx * 1.8f, y * 0.7f + vy * 1.8f) * 0.38f;
}
INL v3 shade_flow(const pixel *p) {
  float s = U_KNOBS[0];
  f4 x = (p->x / U_ZOOM + U_HEADING[2] + U_EYE[0]) * s + U_SEED[0], y = ((p->y + U_TILT) / U_ZOOM + U_EYE[1]) * s + U_SEED[1];
  f4 e = F(0.012f), a, b, c0, c1;
  f4 h = fold_height(x, y, &a, &b), hx = fold_height(x + e, y, &c0, &c1), hy = fold_height(x, y + e, &c0, &c1);
  f4 dx = (hx - h) / e * U_KNOBS[1], dy = (hy - h) / e * U_KNOBS[1];
  f4 grain = F(pixel_angle() * s);
  f4 pigment = fbm2(x * 8.0f, y * 8.0f, 4, grain * 8.0f);
  // Strands follow the folds like the lines of an agate, as close as the pixels bear.
  f4 turns = h * 15.0f + a * 6.0f + pigment * 0.35f, steep = sqrt4(dx * dx + dy * dy) * (15.0f / U_KNOBS[1]) * grain;
  f4 strands = sin4(turns * 6.2831853f) * sat(1.3f - steep * 4.5f);
  pigment = (pigment + strands * 0.35f) * U_KNOBS[3];
  v3 n = norm3(V(-dx, -dy, F(1)));
  v3 light = norm3(V1(U_SUN_DIRECTION[0] * 1.5f, 0.75f, 0.65f)), eye = V1(0, 0, 1);
  f4 lit = sat(dot3(n, light) * 0.7f + 0.3f);
  v3 half_way = norm3(add3(light, eye));
  f4 gloss = powf4(sat(dot3(n, half_way)), 38) * U_KNOBS[2], sheen = sq(1.0f - sat(n.z)) * 0.9f;
  v3 c = mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), step4(0.25f, 0.8f, h));
  c = mix3(c, U3(U_COLOUR_C), step4(0.45f, 0.78f, a));
  c = mix3(c, U3(U_COLOUR_D), step4(0.5f, 0.95f, b) * 0.75f);
  c = scale3(c, 0.10f + lit * 1.05f);
  c = mad3(c, mix3(U3(U_COLOUR_B), V1(1, 1, 1), F(0.5f)), gloss * 0.9f + sheen * 0.25f * lit);
  return scale3(c, (0.55f + 0.6f * sat(h * 1.3f)) * (1.0f + pigment));
}
static void draw_flow(void) {
  float age = U_TIME * 0.075f + U_SEED[2];
  cut_slices(1, age, 1);
  cut_slices(2, age * 1.3f, 1);
  cut_slices(3, age * 0.9f, 1);
  DRAW(shade_flow)
}
