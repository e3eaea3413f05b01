// One sky for all scenes out of doors: gradient, sun, moon, stars, a layer of clouds.
#pragma once
#include "slices.h"

#define SKY_SLOT 0 // scenes have the slots from 1 on
static void cut_sky(void) { if (U_CLOUD_COVER > 0) cut_slices(SKY_SLOT, U_TIME * 0.26f + U_SEED[2], 6); }

INL v3 sky_gradient(v3 d) {
  f4 up = fmax4(d.y, F(0));
  v3 c = mix3(U3(U_HORIZON), U3(U_ZENITH), 1.0f - exp4(up * -4.5f));
  f4 s = fmax4(dot3(d, U3(U_SUN_DIRECTION)), F(0));
  f4 s2 = s * s, s4 = s2 * s2, s8 = s4 * s4, s32 = sq(sq(s8));
  f4 low = exp4(up * -6.0f);
  return mad3(c, U3(U_SUN_COLOUR), s4 * (0.05f + low * 0.10f) + s32 * 0.16f);
}
INL v3 sun_disc(v3 d, v3 c) {
  f4 s = dot3(d, U3(U_SUN_DIRECTION));
  f4 glow = powf4(fmax4(s, F(0)), 700) * 0.9f + step4(0.99945f, 0.9997f, s) * 5.0f;
  return mad3(c, U3(U_SUN_COLOUR), glow);
}
INL f4 star_field(v3 d, float density) {
  static cell kept[2] = {NO_CELL, NO_CELL};
  f4 light = F(0);
  for (int layer = 0; layer < 2; layer++) {
    float cells = layer == 0 ? 26 : 57;
    f4 u = d.x / (d.z + 2.2f) * cells * 2, v = d.y / (d.z + 2.2f) * cells * 2;
    f4 cu = floor4(u), cv = floor4(v);
    cell own = enter_cell(&kept[layer], cu, cv, 11 + layer, 21 + layer, 31 + layer);
    f4 pick = own.a, px = 0.2f + 0.6f * own.b, py = 0.2f + 0.6f * own.c;
    f4 r2 = (sq(u - cu - px) + sq(v - cv - py)) * sq((d.z + 2.2f) * (0.5f / cells)); // in radians
    float size = unit_inverse / U_ZOOM * 0.7f;
    if (!any((pick < density) & (r2 < 12.0f * size * size))) continue; // farther off, a star adds nothing that eight bits can hold
    f4 twinkle = 0.75f + 0.25f * sin4(U_TIME * (1.5f + 3.0f * px) + pick * 900.0f);
    f4 bright = sat((density - pick) * (1.0f / density));
    light += exp4(r2 * (-1.0f / (size * size))) * sq(bright * bright) * bright * twinkle * (layer == 0 ? 1.5f : 0.8f);
  }
  return light;
}
// Clouds on a plane far above; they drift slowly and change shape.
INL v3 sky_clouds(v3 d, v3 behind) {
  f4 up = d.y;
  i4 above = up > 0.015f;
  if (!any(above)) return behind;
  f4 reach = 1.0f / (fmax4(up, F(0.015f)) + 0.06f);
  f4 x = d.x * reach * 1.1f + U_SEED[0], z = d.z * reach * 1.1f + U_SEED[1] + U_TIME * (0.05f + 0.07f * U_WIND);
  f4 grain = reach * reach * (pixel_angle() * 1.2f);
  float edge = 0.42f - U_CLOUD_COVER * 0.7f;
  octaves_so_far cover = octaves_at(x * 0.9f, z * 1.3f);
  add_until(&cover, SKY_SLOT, 2, grain);
  if (!any((cover.sum > edge - 0.25f) & above)) return behind; // the finer octaves add less than that: clear sky
  add_until(&cover, SKY_SLOT, 6, grain);
  f4 shape = cover.sum;
  f4 thick = step4(edge, edge + 0.45f, shape);
  f4 toward = slice_fbm(SKY_SLOT, x * 0.9f + U_SUN_DIRECTION[0] * 0.16f, z * 1.3f + U_SUN_DIRECTION[2] * 0.2f, 3, grain);
  f4 lit = sat(0.55f + (shape - toward) * 1.8f - thick * 0.25f);
  f4 s = fmax4(dot3(d, U3(U_SUN_DIRECTION)), F(0));
  v3 c = mix3(U3(U_CLOUD_SHADE), U3(U_CLOUD_LIT), lit);
  c = mad3(c, U3(U_SUN_COLOUR), sq(sq(sq(s))) * (1.0f - thick * 0.75f) * 0.35f);
  f4 haze = sat(1.0f - exp4((up - 0.015f) * -9.0f));
  return sel3(above, mix3(behind, c, thick * haze * 0.95f), behind);
}
INL v3 sky_light(v3 d) {
  v3 c = sky_gradient(d);
  if (U_STARS > 0) c = mad3(c, V1(0.9f, 0.95f, 1.1f), star_field(d, 0.35f) * U_STARS * sat(d.y * 6.0f));
  c = sun_disc(d, c);
  if (U_CLOUD_COVER > 0) c = sky_clouds(d, c);
  return c;
}
INL v3 with_fog(v3 c, v3 direction, f4 distance) {
  f4 s = fmax4(dot3(direction, U3(U_SUN_DIRECTION)), F(0));
  v3 fog = mad3(U3(U_FOG_COLOUR), U3(U_SUN_COLOUR), sq(sq(s)) * 0.12f);
  return mix3(fog, c, exp4(distance * -U_FOG_DENSITY));
}
