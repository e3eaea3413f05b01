// Dunes: sharp crests, wind ripples on their backs, sand blown off the edges.
#pragma once
#include "ground.h"
#include "overlay.h"
#include "sky.h"

INL f4 dune_height(f4 x, f4 z, f4 grain) {
  f4 wx = x + noise2(x * 0.11f + U_SEED[1], z * 0.11f) * 5.0f, wz = z + noise2(x * 0.13f, z * 0.13f + U_SEED[2]) * 4.0f;
  f4 big = noise2(wx * 0.055f + U_SEED[0], wz * 0.1f);
  f4 ridge = 1.0f - sqrt4(sq(big * 2.0f - 1.0f) + 0.0006f + sq(grain) * 0.2f);
  f4 second = 1.0f - sqrt4(sq(noise2(wx * 0.16f + 9.1f, wz * 0.26f + U_SEED[0]) * 2.0f - 1.0f) + 0.002f + sq(grain));
  f4 low = fbm2(x * 0.5f, z * 0.5f, 3, grain * 0.5f);
  f4 sharp = ridge * ridge * (1.6f - 0.6f * ridge);
  return (sharp * 1.9f + second * second * 0.55f * (1.2f - ridge) + low * 0.10f - 0.55f) * U_KNOBS[0];
}
#define DUNE_CEILING (U_KNOBS[0] * 2.4f) // no height lies above it
INL f4 dunes_near(f4 x, f4 z, f4 grain) {
  f4 away = sqrt4(sq(x) + sq(z));
  return dune_height(x, z, grain) * (0.25f + 0.75f * step4(2.0f, 14.0f, away) + 0.55f * step4(14.0f, 60.0f, away));
}
NOINL f4 dune_shadow(f4 x, f4 y, f4 z, v3 sun) {
  f4 shadow = F(1);
  float reach = 0.25f;
  for (int i = 0; i < 6; i++) {
    if (!any((shadow > 0) & (y + sun.y * reach < DUNE_CEILING + 0.06f * reach))) break;
    f4 over = y + 0.03f + sun.y * reach - dunes_near(x + sun.x * reach, z + sun.z * reach, F(0.2f));
    shadow = fmin4(shadow, sat(over * (5.0f / reach) + 0.7f));
    reach *= 1.8f;
  }
  return shadow;
}
INL v3 shade_desert(const pixel *p) {
  f4 t = depth_at(p);
  i4 land = t > 0;
  v3 d = p->direction, sky = all(land) ? V1(0, 0, 0) : sky_light(d);
  if (!any(land)) return with_weather(p, sky);
  t = sel(land, t, F(8));
  v3 sun = U3(U_SUN_DIRECTION);
  f4 x = U_EYE[0] + p->ray.x * t, y = U_EYE[1] + p->ray.y * t, z = U_EYE[2] + p->ray.z * t;
  f4 grain = t * pixel_angle(), step = fmax4(grain * 0.6f, F(0.004f));
  f4 h = dunes_near(x, z, grain);
  f4 dx = (dunes_near(x + step, z, grain) - h) / step, dz = (dunes_near(x, z + step, grain) - h) / step;
  // Ripples across the wind, bent by the ground; they creep.
  f4 bend = fbm2(x * 1.4f, z * 1.4f, 3, grain * 1.4f);
  f4 phase = (z * 0.8f + x * 0.35f + bend * 0.55f) * 30.0f + U_TIME * (0.5f + U_WIND);
  f4 shown = sat(1.4f - grain * 34.0f) * (0.4f + 0.6f * sat(0.5f + bend)) * U_DETAIL;
  f4 wave = cos4(phase) * 0.085f * shown;
  f4 fine = fbm2(x * 30.0f, z * 30.0f, 3, grain * 30.0f) * 0.10f;
  v3 n = norm3(V(-dx - wave * 0.4f - fine, F(1), -dz - wave - fine));
  f4 toward_sun = sat(dot3(n, sun)), facing = fmax4(dot3(d, sun), F(0));
  f4 against = sq(sq(facing)) * pow5(1.0f - sat(-dot3(d, n))) * 0.18f; // sand glows against the light
  f4 shadow;
  kept_ground *kept = COLUMN(kept_ground, p->column);
  if (is_same_ground(kept, p, t)) shadow = kept->first;
  else {
    int in_light = any((toward_sun > 0) | (against > 0.001f));
    shadow = in_light ? dune_shadow(x, y, z, sun) : F(1);
    *kept = (kept_ground){t, shadow, F(0), in_light ? p->row : -1};
  }
  f4 lit = toward_sun * shadow;
  f4 patch = fbm2(x * 0.35f + 4.0f, z * 0.35f, 4, grain * 0.35f);
  v3 sand = mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), sat(0.5f + patch * 0.8f + fine * 2.0f));
  v3 light = mad3(scale3(U3(U_AMBIENT), 0.5f + 0.5f * n.y), U3(U_SUN_COLOUR), lit * 1.15f);
  v3 c = mul3(sand, light);
  c = mad3(c, U3(U_SUN_COLOUR), against * shadow);
  c = with_fog(c, d, t);
  // Blown sand hangs low over the far crests.
  f4 blown = sat(slice_fbm(1, x * 0.25f - U_TIME * (0.25f + U_WIND), z * 0.25f, 4, grain * 0.25f) + 0.1f) * step4(2.0f, 14.0f, t) * U_KNOBS[1];
  c = mix3(c, mad3(scalef3(U3(U_COLOUR_B), 0.55f), U3(U_SUN_COLOUR), F(0.10f)), blown * 0.5f);
  // Thin veils run over the near sand.
  f4 veil = fbm2(x * 1.1f - U_TIME * (2.2f + U_WIND), z * 4.5f + sin4(x * 0.7f + U_TIME * 0.6f) * 0.3f, 4, grain * 4.5f);
  c = mix3(c, scale3(U3(U_COLOUR_B), luma3(light) * 0.8f), sat(veil * 2.8f + 0.05f) * 0.75f * step4(0.8f, 3.5f, t));
  return with_weather(p, sel3(land, c, sky));
}
static void draw_desert(void) {
  cut_sky();
  cut_slices(1, U_TIME * 0.1f, 4);
  forget_ground();
  march_ground(dunes_near, (ground_march){.nearest = 0.2f, .farthest = 160, .growth = 0.011f, .ceiling = DUNE_CEILING, .steepness = 2.5f, .bumps = 0});
  DRAW(shade_desert)
}
