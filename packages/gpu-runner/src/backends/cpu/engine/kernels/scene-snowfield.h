// Winter: smooth snow, firs laden with it, soft light, falling flakes.
#pragma once
#include "ground.h"
#include "overlay.h"
#include "sky.h"

// Knobs: 0 hilliness, 1 firs.
INL noised snow_at(f4 x, f4 z, f4 grain) {
  noised hills = fbm2d(x * 0.07f + U_SEED[0], z * 0.08f + U_SEED[1], 3, grain * 0.08f), drifts = fbm2d(x * 0.45f, z * 0.6f + U_SEED[2], 3, grain * 0.6f);
  f4 tall = (0.3f + 1.2f * step4(3.0f, 40.0f, z)) * U_KNOBS[0];
  return (noised){hills.v * tall + drifts.v * 0.12f + step4(14.0f, 60.0f, z) * U_KNOBS[0] * 0.7f, hills.dx * tall * 0.07f + drifts.dx * 0.054f,
                  hills.dy * tall * 0.08f + drifts.dy * 0.072f};
}
INL f4 snow_ground(f4 x, f4 z, f4 grain) { return snow_at(x, z, grain).v; }
INL f4 snow_surface(f4 x, f4 z, f4 grain) { return snow_ground(x, z, grain); }

#define FIR_ROWS 5
static const float fir_rows[FIR_ROWS] = {24, 15, 9.5f, 6.6f, 4.6f}, fir_spacings[FIR_ROWS] = {2.3f, 2.2f, 2.3f, 2.6f, 3.4f};
// The fir of a row that a column meets: two random numbers, how far it stands aside, its foot and height, where it may be seen.
typedef struct { f4 a, b, aside, base, tall; i4 near_trunk; } fir_column;
static void plant_firs(int column, fir_column *rows) {
  v3 ray = view_ray(units_x(column), F(0));
  for (int i = 0; i < FIR_ROWS; i++) {
    float spacing = fir_spacings[i], shift = (float)i * 3.37f;
    f4 x = U_EYE[0] + ray.x * F(fir_rows[i] - U_EYE[2]) / fmax4(ray.z, F(0.1f));
    f4 u = x * (1.0f / spacing) + U_SEED[0] + shift, cell = floor4(u);
    f4 a = hash4(cell, F((float)i), 61), b = hash4(cell, F((float)i), 62);
    f4 middle = 0.35f + 0.3f * b;
    f4 stands = (cell + middle - U_SEED[0] - shift) * spacing, tall = (1.3f + 1.5f * a) * (spacing * 0.62f);
    i4 near_trunk = (tall * 0.36f - abs4(x - stands) > 0) & (a + b * 0.2f < U_KNOBS[1]);
    rows[i] = (fir_column){a, b, x - stands, snow_ground(stands, F(fir_rows[i]), F(0.2f)) - 0.05f, tall, near_trunk};
  }
}
typedef struct { f4 cover, snow, depth, side; } fir;
// One row of firs: which part of each pixel they cover.
INL fir fir_row(const pixel *p, int row) {
  const fir_column *k = COLUMN(fir_column, p->column) + row;
  f4 distance = F(fir_rows[row] - U_EYE[2]), a = k->a, b = k->b, tall = k->tall;
  fir none = {F(0), F(0), distance, F(0)};
  if (!any(k->near_trunk)) return none;
  f4 y = U_EYE[1] + p->ray.y * distance;
  if (!any((y > k->base) & (y < k->base + tall) & k->near_trunk)) return none;
  f4 v = (y - k->base) / tall, w = k->aside / tall;
  w += sin4(U_TIME * 0.9f + a * 20.0f) * 0.008f * v * (0.4f + U_WIND * 2.0f);
  f4 ragged = (noise2(w * 26.0f + a * 70.0f, v * 26.0f) - 0.5f) * 0.16f;
  f4 tier = v * (8.0f + 3.0f * b) + abs4(w) * 5.0f + ragged * 3.0f, saw = fract4(tier);
  f4 half_wide = (1.02f - v) * (0.26f + 0.06f * b) * (0.55f + 0.45f * (1.0f - saw)) + ragged * 0.12f * (1.0f - v);
  half_wide = fmax4(half_wide, sel(v < 0.07f, F(0.018f), F(0)));
  f4 pixel_size = pixel_angle() * distance / tall;
  f4 cover = sat((half_wide - abs4(w)) / pixel_size + 0.5f) * sel((v > 0) & (v < 1.0f) & k->near_trunk, F(1), F(0));
  if (!any(cover > 0)) return none;
  fir f;
  f.cover = cover * step4(-0.02f, 0.035f, v + (noise2(w * 30.0f, F(2)) - 0.5f) * 0.05f) * sel(distance > 0.6f, F(1), F(0));
  f.snow = sat((0.85f - saw) * 2.2f - 0.7f + (noise2(w * 40.0f, v * 40.0f + a * 9.0f) - 0.5f) * 1.6f) * sat(v * 6.0f);
  f.depth = distance;
  f.side = w / fmax4(half_wide, F(0.02f));
  return f;
}
INL v3 shade_snowfield(const pixel *p) {
  f4 t = depth_at(p);
  i4 land = t > 0;
  v3 d = p->direction, c = all(land) ? V1(0, 0, 0) : sky_light(d), sun = U3(U_SUN_DIRECTION);
  if (any(land)) {
    f4 s = sel(land, t, F(8));
    f4 x = U_EYE[0] + p->ray.x * s, z = U_EYE[2] + p->ray.z * s, grain = s * pixel_angle();
    noised hill = snow_at(x, z, grain);
    f4 bumps = fbm2(x * 5.0f, z * 5.0f, 3, grain * 5.0f) * 0.035f;
    v3 n = norm3(V(-hill.dx + bumps, F(1), -hill.dy - bumps));
    f4 lit = sat(dot3(n, sun) * 0.85f + 0.15f);
    f4 woods = F(0);
    if (any(z > 16.0f)) woods = step4(0.50f, 0.62f, noise2(x * 0.07f + 2.0f, z * 0.05f + U_SEED[2]) + fbm2(x * 0.8f, z * 0.5f, 3, grain) * 0.1f) * step4(16.0f, 24.0f, z) * U_KNOBS[1];
    v3 body = mix3(V1(0.83f, 0.87f, 0.95f), mad3(scalef3(U3(U_COLOUR_A), 1.2f), V1(0.5f, 0.52f, 0.56f), 0.35f + 0.6f * fbm2(x * 3.0f, z * 1.5f, 3, grain * 3.0f)), woods);
    v3 light = mad3(scalef3(U3(U_AMBIENT), 0.95f), U3(U_SUN_COLOUR), lit * 0.62f);
    v3 ground = mul3(body, light);
    f4 cu = floor4(x * 42.0f), cv = floor4(z * 42.0f), glint = hash4(cu, cv, 77);
    f4 flash = sel(glint > 0.985f, F(1), F(0)) * sat(sin4(U_TIME * 1.3f + glint * 4000.0f + x * 6.0f) * 3.0f - 1.6f) * sat(1.0f - grain * 34.0f);
    ground = mad3(ground, U3(U_SUN_COLOUR), flash * 0.9f);
    c = sel3(land, with_fog(ground, d, s), c);
    t = sel(land, t, F(1e6f));
  } else t = F(1e6f);
  for (int i = 0; i < FIR_ROWS; i++) {
    fir f = fir_row(p, i);
    f4 cover = f.cover * sel(f.depth < t, F(1), F(0));
    if (!any(cover > 0)) continue;
    f4 lit = sat(0.55f + f.side * 0.5f * (U_SUN_DIRECTION[0] > 0 ? 1.0f : -1.0f));
    v3 light = mad3(scalef3(U3(U_AMBIENT), 0.8f), U3(U_SUN_COLOUR), lit * 0.45f);
    v3 body = mix3(U3(U_COLOUR_A), V1(0.80f, 0.85f, 0.93f), f.snow * U_KNOBS[2]);
    c = mix3(c, with_fog(mul3(body, light), d, f.depth * 1.2f), cover);
  }
  return with_weather(p, c);
}
static void draw_snowfield(void) {
  cut_sky();
  march_ground(snow_surface, (ground_march){.nearest = 0.4f, .farthest = 160, .growth = 0.012f, .ceiling = U_KNOBS[0] * 2.4f + 0.3f, .steepness = 1.5f, .bumps = 0});
  for (int column = 0; column < width; column += 4) plant_firs(column, COLUMN(fir_column, column));
  DRAW(shade_snowfield)
}
