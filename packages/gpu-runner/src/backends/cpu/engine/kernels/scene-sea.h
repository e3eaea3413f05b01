// Open water: crossing ridged waves, the sky mirrored in them, foam on the crests.
#pragma once
#include "ground.h"
#include "sky.h"

typedef struct { f4 height, dx, dz; } wave;
// One ridge: high where the noise crosses its middle; added with its slope, turned back by (p, q).
INL void add_ridge(wave *w, noised n, f4 amount, float p, float q) {
  f4 off = n.v * 2.0f - 1.0f, ridge = 1.0f - abs4(off), slope = sel(off > 0, F(-4), F(4)) * ridge * amount;
  w->height += ridge * ridge * amount;
  w->dx += (n.dx * p + n.dy * q) * slope, w->dz += (n.dy * p - n.dx * q) * slope;
}
INL wave sea_wave(f4 x, f4 z, f4 grain, int octaves) {
  wave w = {F(0), F(0), F(0)};
  f4 limit = FINEST / (grain * 2.0f);
  float amplitude = U_KNOBS[0], frequency = 0.33f, pace = U_TIME * (0.20f + U_WIND * 0.30f), p = 1, q = 0;
  x = x * 0.75f + U_SEED[0];
  z += U_SEED[1];
  float most = maxf(limit);
  for (int i = 0; i < octaves && frequency < most; i++) {
    f4 amount = (i == 0 ? F(1) : sat(limit * (1.0f / frequency) - 1.0f)) * amplitude;
    noised a = noise2d(x * frequency + pace * 0.55f, z * frequency + pace * 0.45f);
    noised b = noise2d(x * frequency - pace * 0.6f + 31.7f, z * frequency + 11.3f - pace * 0.4f);
    add_ridge(&w, a, amount, p * frequency, q * frequency);
    add_ridge(&w, b, amount, p * frequency, q * frequency);
    w.height -= 0.9f * amount;
    f4 nx = x * 0.83f - z * 0.56f;
    z = x * 0.56f + z * 0.83f;
    x = nx;
    float np = p * 0.83f - q * 0.56f;
    q = p * 0.56f + q * 0.83f;
    p = np;
    frequency *= 1.93f;
    amplitude *= 0.44f;
    pace *= 0.95f;
  }
  w.dx *= 0.75f;
  return w;
}
INL f4 sea_coarse(f4 x, f4 z, f4 grain) { return sea_wave(x, z, grain, 4).height; }

INL v3 shade_sea(const pixel *p) {
  f4 t = depth_at(p);
  i4 water = t > 0;
  v3 sky = all(water) ? V1(0, 0, 0) : sky_light(p->direction);
  if (!any(water)) return sky;
  t = sel(water, t, F(1));
  f4 x = U_EYE[0] + p->ray.x * t, z = U_EYE[2] + p->ray.z * t;
  f4 grain = t * pixel_angle();
  wave w = sea_wave(x, z, grain, 8);
  f4 h = w.height;
  f4 calm = 1.0f / (1.0f + t * 0.035f);
  v3 n = norm3(V(-w.dx * calm, F(1), -w.dz * calm));
  v3 d = p->direction;
  f4 facing = sat(-dot3(d, n));
  f4 fresnel = 0.02f + 0.98f * pow5(1.0f - facing);
  fresnel = fmin4(fresnel, F(0.9f));
  v3 r = reflect3(d, n);
  r.y = abs4(r.y) + 0.02f;
  v3 mirrored = sky_gradient(norm3(r));
  f4 toward = fmax4(dot3(norm3(r), U3(U_SUN_DIRECTION)), F(0));
  f4 glitter = powf4(toward, 120) * 1.8f + powf4(toward, 24) * 0.12f;
  v3 deep = U3(U_COLOUR_A), shallow = U3(U_COLOUR_B);
  f4 crest = sat((h + U_KNOBS[0] * 0.3f) / (U_KNOBS[0] * 1.6f));
  v3 body = mix3(deep, shallow, crest * crest * 0.8f * calm);
  v3 c = mix3(body, mirrored, fresnel);
  c = mad3(c, U3(U_SUN_COLOUR), glitter);
  f4 froth = step4(0.62f, 0.95f, crest + fbm2(x * 2.1f, z * 2.1f + U_TIME * 0.1f, 4, grain * 2.1f) * 0.32f) * calm;
  c = mix3(c, U3(U_COLOUR_C), froth * U_KNOBS[1]);
  c = with_fog(c, d, t);
  return sel3(water, c, sky);
}
static void draw_sea(void) {
  cut_sky();
  march_ground(sea_coarse, (ground_march){.nearest = 0.6f, .farthest = 400, .growth = 0.012f, .ceiling = U_KNOBS[0] * 2, .steepness = 2.5f, .bumps = 0});
  DRAW(shade_sea)
}
