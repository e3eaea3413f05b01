// Northern lights over a still lake: curtains drawn at half size, the far shore, their mirror in the water.
#pragma once
#include "overlay.h"
#include "volume.h"

// Light of the curtains along a direction: they hang from a wavy line far up, brightest at the lower hem.
INL v3 aurora_light(v3 d, f4 grit) {
  v3 sum = V1(0, 0, 0);
  f4 up = fmax4(d.y, F(0.02f));
  float pace = U_TIME * U_KNOBS[1];
  for (int i = 0; i < 26; i++) {
    float step = (float)i, part = step / 26.0f;
    f4 at = step + grit, height = 0.9f + 0.055f * at + 0.0035f * at * at;
    f4 t = height / (up * 1.6f + 0.14f);
    f4 x = d.x * t + U_SEED[0], z = d.z * t + U_SEED[1];
    f4 wx = x * 0.42f + noise2(x * 0.5f + pace * 0.13f, z * 0.45f) * 1.5f, wz = z * 0.30f + noise2(z * 0.4f + 9.0f, x * 0.35f - pace * 0.1f) * 1.3f;
    f4 fold = noise2(wx * 1.6f + 3.0f, wz * 1.6f + pace * 0.05f);
    f4 line = sat(1.0f - abs4(fold - 0.5f) * (9.0f + 5.0f * part));
    if (!any(line > 0)) continue;
    f4 rays = 0.45f + 0.75f * noise2(wx * 11.0f + pace * 0.5f, wz * 4.0f);
    float fall = expf1(-3.1f * part) * (part < 0.06f ? part * 16.0f : 1.0f);
    f4 glow = line * line * rays * fall;
    v3 colour = part < 0.35f ? mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), F(part / 0.35f)) : mix3(U3(U_COLOUR_B), U3(U_COLOUR_C), F((part - 0.35f) / 0.65f));
    sum = mad3(sum, colour, glow);
  }
  return scale3(sum, sat(d.y * 7.0f) * (U_KNOBS[0] * 0.16f));
}
static void light_half(void) {
  for (int row = 0; row < half_height; row++)
    for (int column = 0; column < half_width; column += 4) {
      f4 x = half_x(column), y = half_y(row, x);
      v3 d = norm3(view_ray(x, y));
      f4 ripple = F(0);
      if (any(d.y < 0)) { // the mirror: small waves spread the light up and down
        f4 t = U_EYE[1] / fmax4(-d.y, F(0.004f));
        ripple = slice_fbm(1, d.x * t * 1.2f + U_EYE[0], d.z * t * 2.6f + U_EYE[2], 4, t * pixel_angle() * 3.0f);
        d.y = abs4(d.y) + sel(d.y < 0, abs4(ripple) * 0.10f, F(0));
      }
      v3 c = aurora_light(d, even_noise(F((float)column) + LANES, F((float)row)));
      int at = row * half_stride + column;
      *(f4 *)(half_plane[0] + at) = c.x, *(f4 *)(half_plane[1] + at) = c.y, *(f4 *)(half_plane[2] + at) = c.z;
      *(f4 *)(half_plane[3] + at) = F(1);
    }
}
typedef struct { f4 far_ridge, shore; } shore_column;
static shore_column shore_at(int column) {
  f4 angle = units_x(column) / U_ZOOM + U_HEADING[2];
  f4 far_ridge = 0.055f + fbm2(angle * 1.5f + U_SEED[0] + U_EYE[0] * 0.04f, F(1.7f), 6, F(pixel_angle() * 1.5f)) * 0.13f;
  f4 shore = 0.018f + fbm2(angle * 2.6f + U_SEED[1] + U_EYE[0] * 0.1f, F(5.3f), 4, F(pixel_angle() * 2.6f)) * 0.05f;
  f4 u = (angle + U_EYE[0] * 0.04f) * 85.0f, cell = floor4(u), tip = (1.0f - abs4(fract4(u) * 2.0f - 1.0f)) * (0.012f + 0.022f * hash4(cell, F(1), 15));
  return (shore_column){far_ridge, shore + tip};
}
INL v3 shade_aurora(const pixel *p) {
  v3 d = p->direction;
  f4 angle = p->x / U_ZOOM + U_HEADING[2], level = p->ray.y;
  i4 below = level < 0;
  v3 look = d;
  look.y = abs4(d.y);
  v3 c = sky_gradient(look);
  f4 t = U_EYE[1] / fmax4(-d.y, F(0.004f)), wave = F(0);
  if (any(below)) wave = slice_fbm(2, d.x * t * 3.0f + U_EYE[0] * 3.0f, d.z * t * 7.0f + U_EYE[2] * 7.0f, 4, t * pixel_angle() * 9.0f);
  f4 stars = star_field(look, 0.4f) * sat(look.y * 8.0f) * U_STARS;
  c = mad3(c, V1(0.9f, 0.95f, 1.1f), stars * sel(below, F(0.25f), F(1)));
  c = over_half(p, c, F(1), F(0));
  // Shores with firs, and their mirror, stretched by the waves.
  f4 mirror = sel(below, -level * (1.08f + wave * 0.5f), level);
  f4 far_ridge = COLUMN(shore_column, p->column)->far_ridge, shore = COLUMN(shore_column, p->column)->shore;
  f4 edge = pixel_angle() * 1.2f + F(0.0005f);
  f4 far_cover = sat((far_ridge - mirror) / edge + 0.5f), near_cover = sat((shore - mirror) / edge + 0.5f);
  if (any((far_cover > 0) & ((near_cover < 1) | below))) {
    v3 far_land = mix3(mul3(V1(0.5f, 0.6f, 0.8f), U3(U_AMBIENT)), U3(U_FOG_COLOUR), F(0.4f));
    f4 snow = sat(fbm2(angle * 16.0f, level * 26.0f, 4, F(pixel_angle() * 20.0f)) * 2.0f + (mirror - far_ridge) * 9.0f + 0.6f);
    far_land = scale3(far_land, 0.45f + 1.5f * snow);
    c = mix3(c, far_land, far_cover * sel(below, F(0.75f), F(1)));
  }
  c = mix3(c, scalef3(U3(U_AMBIENT), 0.06f), near_cover * sel(below, F(0.85f), F(1)));
  f4 fresnel = 0.25f + 0.65f * sq(sq(1.0f - sat(-d.y)));
  v3 water = scale3(mad3(c, V1(0.006f, 0.010f, 0.018f), F(1)), fresnel);
  c = sel3(below, scale3(water, 1.0f + wave * 0.7f), c);
  return with_weather(p, c);
}
static void draw_aurora(void) {
  cut_slices(1, U_TIME * 0.22f, 4);
  cut_slices(2, U_TIME * 0.3f, 4);
  light_half();
  smooth_half();
  for (int column = 0; column < width; column += 4) *COLUMN(shore_column, column) = shore_at(column);
  DRAW(shade_aurora)
}
