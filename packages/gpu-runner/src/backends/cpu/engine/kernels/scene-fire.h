// A fire at night: flames in two depths, logs, sparks, smoke, the ground lit by it.
#pragma once
#include "overlay.h"
#include "slices.h"
#include "volume.h"

// Knobs: 0 width of the fire, 1 height, 2 sparks, 3 smoke, 4 logs.
// Slots: 1 what bends the flames, and embers, 2 smoke, 3 the flames behind, 4 those before.
#define FLAME_BEHIND (3.7f + U_SEED[0] * 0.1f)
#define FLAME_BEFORE (U_SEED[1] * 0.1f)
INL f4 flame(int slot, f4 x, f4 y, float wide, float tall, float shift) {
  float t = U_TIME;
  f4 lift = y * (1.0f / tall);
  f4 reach = 1.0f - sq(fmax4(abs4(x) - 0.3f, F(0)) * (1.0f / wide)) * (0.7f + 2.3f * sat(lift)) - lift; // no flame where it is far below zero
  if (!any(reach > -0.75f)) return F(0);
  f4 sway = (noise2(y * 1.1f - t * 0.9f + shift, F(t * 0.35f + shift)) - 0.5f) * 0.55f * sat(lift);
  f4 px = (x + sway) * 2.3f, py = y * 1.25f - t * 1.15f;
  f4 warp = slice_fbm(1, px * 0.9f + shift, py * 0.8f, 3, F(pixel_angle())) * 0.8f;
  f4 n = slice_fbm(slot, px * 1.5f + warp + shift * 3.0f, py * 1.1f + warp * 0.6f, 5, F(pixel_angle() * 1.5f));
  f4 body = 1.0f - sq(x * (1.0f / wide)) * (0.7f + 2.3f * sat(lift)) - lift;
  return sat(body * 1.15f + n * (0.55f + 0.9f * sat(lift)) - 0.06f) * sat(y * 9.0f + 1.0f);
}
INL v3 fire_colour(f4 heat) { // from deep red to yellow and white
  f4 h = heat * heat;
  v3 c = scale3(U3(U_COLOUR_A), sat(heat * 1.8f) * heat * 1.5f);
  c = mad3(c, U3(U_COLOUR_B), h * 1.9f);
  return mad3(c, U3(U_COLOUR_C), h * h * 2.6f);
}
#define FIRE_BASE -0.34f
INL v2 fire_place(f4 x, f4 y) {
  float near = 1.0f / (1.0f - 0.12f * U_EYE[2]);
  return (v2){(x / U_ZOOM + U_HEADING[2] + U_EYE[0]) * (1.0f / near), ((y + U_TILT) / U_ZOOM - U_EYE[1]) * (1.0f / near)};
}
// What is soft behind the fire, at half size: trunks, the larger shapes of the leaves, smoke.
#define LEAF_OCTAVES 4
static void night_half(void) {
  f4 grain = F(pixel_angle());
  for (int row = 0; row < half_height; row++)
    for (int column = 0; column < half_width; column += 4) {
      f4 across = half_x(column);
      v2 q = fire_place(across, half_y(row, across));
      f4 stem = F(0), leaf = F(0), smoke = F(0), up = q.y - FIRE_BASE;
      if (maxf(up) > -0.08f) stem = fbm2(q.x * 4.2f + U_SEED[2], q.y * 0.30f, 4, grain * 4.2f), leaf = fbm2(q.x * 2.6f + U_SEED[1], q.y * 2.6f, LEAF_OCTAVES, grain * 2.6f);
      if (U_KNOBS[3] > 0 && maxf(up) > 0.27f) smoke = slice_fbm(2, q.x * 1.6f + U_SEED[0], q.y * 1.3f - U_TIME * 0.32f, 5, grain * 1.6f);
      int at = row * half_stride + column;
      *(f4 *)(half_plane[0] + at) = stem, *(f4 *)(half_plane[1] + at) = leaf, *(f4 *)(half_plane[2] + at) = smoke;
    }
}
INL v3 shade_fire(const pixel *p) {
  v2 place = fire_place(p->x, p->y);
  f4 x = place.x, y = place.y;
  float base = FIRE_BASE, beat = 0.85f + 0.10f * noise2(F(U_TIME * 2.3f), F(U_SEED[0]))[0] + 0.08f * noise2(F(U_TIME * 5.1f), F(4))[0];
  f4 up = y - base;
  f4 grain = F(pixel_angle());
  // Ground and night behind.
  f4 away = sq(x) + sq(up * 1.4f);
  f4 glow = exp4(away * -1.5f) * beat;
  v3 c = V1(0, 0, 0);
  if (maxf(up) > -0.05f) { // a wood in the mist behind: trunks, leaves above them, all lit a little by the fire
    f4 fine = fbm2(x * 13.0f, y * 13.0f + U_SEED[1], 4, grain * 13.0f), mist = exp4(fmax4(up, F(0)) * -1.1f);
    f4 stem = step4(0.02f, 0.20f, half_at(0, p->column, p->row) + fine * 0.05f);
    f4 leaf = step4(-0.06f, 0.24f, half_at(1, p->column, p->row) + fbm2_from(x * 2.6f + U_SEED[1], y * 2.6f, LEAF_OCTAVES, 6, grain * 2.6f) + (up - 0.95f) * 0.5f);
    f4 shade = (1.0f - 0.62f * stem) * (1.0f - 0.72f * leaf) * (1.0f + fine * 0.8f);
    c = scale3(mix3(V1(0.026f, 0.036f, 0.070f), V1(0.088f, 0.105f, 0.152f), mist), shade);
    c = mad3(c, U3(U_COLOUR_A), glow * (0.05f + 0.10f * stem + 0.06f * leaf) * (1.0f + fine * 0.9f));
  }
  f4 floor_y = base + 0.02f;
  i4 ground = y < floor_y;
  f4 depth_of = 1.0f / (floor_y - y + 0.16f);
  f4 gx = x * depth_of, gz = depth_of * 1.4f;
  f4 rough = F(0), stones = F(0);
  if (any(ground)) rough = fbm2(gx * 3.0f + U_SEED[0], gz * 3.0f, 5, grain * depth_of * depth_of * 3.0f), stones = noise2(gx * 5.0f, gz * 5.0f + 7.0f);
  f4 lit = exp4((sq(x) * 1.1f + sq((y - floor_y) * 2.2f)) * -1.7f) * beat * sat(0.62f + rough * 1.0f + (stones - 0.5f) * 0.5f);
  v3 soil = mad3(scale3(V1(0.080f, 0.080f, 0.095f), sat(0.55f + rough * 0.9f + (stones - 0.5f) * 0.45f)), mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), F(0.35f)), lit * 0.30f);
  c = sel3(ground, soil, c);
  // Smoke above the flames.
  if (U_KNOBS[3] > 0 && maxf(up) > 0.3f) {
    f4 smoke = half_at(2, p->column, p->row);
    f4 plume = sat(smoke * 1.2f + 0.25f) * exp4(sq(x / (0.25f + up * 0.35f)) * -0.8f) * step4(0.3f, 1.2f, up) * U_KNOBS[3];
    c = mad3(c, mix3(U3(U_COLOUR_A), V1(0.5f, 0.45f, 0.45f), F(0.5f)), plume * 0.10f);
  }
  // Flames behind, logs, flames before.
  f4 back = flame(3, x * 0.9f + 0.11f, up, U_KNOBS[0] * 1.05f, U_KNOBS[1] * 1.1f, FLAME_BEHIND);
  c = add3(c, scalef3(fire_colour(back), 0.42f));
  if (U_KNOBS[4] > 0)
    for (int i = 0; i < 4; i++) {
      float side = i & 1 ? 1.0f : -1.0f, slant = (0.22f + 0.16f * (float)(i / 2)) * side, thick = 0.052f - 0.008f * (float)(i / 2);
      f4 along = x * 0.97f + side * 0.05f, off = up - 0.025f - 0.05f * (float)(i / 2) - along * slant;
      f4 w = off / thick;
      f4 inside = sat((1.0f - abs4(w)) * thick / grain) * sat((U_KNOBS[0] * 1.18f - abs4(along)) * 60.0f);
      if (!any(inside > 0)) continue;
      f4 bark = fbm2(along * 9.0f + 4.0f * (float)i, w * 1.6f, 5, grain * 12.0f);
      f4 ember = sat(slice_fbm(1, along * 7.0f + 3.0f * (float)i, w * 0.9f, 4, grain * 9.0f) * 2.4f - 0.1f) * exp4(sq(along * 3.0f) * -1.2f);
      v3 log = scale3(mad3(V1(0.010f, 0.007f, 0.005f), U3(U_COLOUR_A), sat(0.45f - w * 0.55f) * 0.05f * beat), 0.8f + bark);
      log = mad3(log, mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), ember), ember * 0.9f);
      c = mix3(c, log, inside);
    }
  f4 front = flame(4, x, up + 0.03f, U_KNOBS[0] * 0.8f, U_KNOBS[1] * 0.8f, FLAME_BEFORE);
  c = add3(c, scalef3(fire_colour(front), 0.6f));
  // Sparks on rising, swaying paths.
  f4 sparks = F(0);
  for (int i = 0; i < 3; i++) {
    float cells = 4.0f + 2.5f * (float)i, pace = 0.62f - 0.12f * (float)i;
    f4 sx = x + sin4(y * 3.0f + U_TIME * 0.8f + (float)i * 2.0f) * 0.06f * up;
    f4 u = sx * cells + U_SEED[2] + 3.0f * (float)i, v = (y - U_TIME * pace) * cells * 0.6f;
    f4 cu = floor4(u), cv = floor4(v), pick = hash4(cu, cv, 91 + i);
    if (!any((pick < 0.30f * U_KNOBS[2]) & (up > 0))) continue;
    f4 px = 0.2f + 0.6f * hash4(cu, cv, 92 + i), py = 0.2f + 0.6f * hash4(cv, cu, 93 + i);
    f4 r2 = sq((u - cu - px) / cells) + sq((v - cv - py) / (cells * 1.3f));
    float size = 0.0035f + unit_inverse * 0.6f;
    sparks += exp4(r2 * (-1.0f / (size * size))) * sel(pick < 0.30f * U_KNOBS[2], F(1), F(0)) * sat(0.6f + 0.5f * sin4(U_TIME * 5.0f + pick * 700.0f));
  }
  sparks *= exp4(sq(x / (U_KNOBS[0] * 1.2f + up * 0.5f)) * -0.8f) * sat(up * 4.0f);
  return mad3(c, mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), F(0.6f)), sparks * 2.2f);
}
static void draw_fire(void) {
  cut_slices(1, U_TIME * 0.35f, 4);
  cut_slices(2, U_TIME * 0.18f, 5);
  cut_slices(3, U_TIME * 0.45f + FLAME_BEHIND, 5);
  cut_slices(4, U_TIME * 0.45f + FLAME_BEFORE, 5);
  night_half();
  DRAW(shade_fire)
}
