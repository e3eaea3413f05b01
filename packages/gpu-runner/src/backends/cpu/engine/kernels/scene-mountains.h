// Eroded ranges under a wide sky: rock, snow where it can lie, woods below, mist in the valleys, a lake where the land is low enough.
#pragma once
#include "ground.h"
#include "overlay.h"
#include "sky.h"

// Knobs: 0 height of the range, 1 snow line, 2 level of the lake, 3 woods, 4 depth of the valley mist, 5 level of the valley floor.
INL noised range_at(f4 x, f4 z, f4 grain, int octaves) {
  f4 limit = FINEST / grain;
  float amplitude = 0.62f, frequency = 0.16f, p = 1, q = 0, most = maxf(limit);
  noised r = noise2d(x * 0.062f + U_SEED[0], z * 0.05f + U_SEED[1]);
  f4 off = r.v * 2.0f - 1.0f, ridge = 1.0f - abs4(off), tilt = sel(off > 0, F(-4), F(4)) * ridge;
  f4 px = x * frequency + U_SEED[1], pz = z * frequency + U_SEED[0], sum = F(0), gx = F(0), gz = F(0), sx = F(0), sz = F(0);
  for (int i = 0; i < octaves && frequency < most; i++) {
    f4 keep = i == 0 ? F(1) : sat(limit * (1.0f / frequency) - 1.0f);
    noised n = noise2d(px, pz);
    sx += n.dx * keep, sz += n.dy * keep;
    f4 share = keep * amplitude / (1.0f + 0.55f * (sx * sx + sz * sz)); // steep ground keeps less of the finer octaves
    sum += n.v * share;
    f4 slope = share * (i < 2 ? frequency : frequency * 1.8f); // the share's own slope, which is left out, sharpens the fine octaves
    gx += (n.dx * p + n.dy * q) * slope, gz += (n.dy * p - n.dx * q) * slope;
    f4 nx = (px * 0.8f - pz * 0.6f) * 2.0f + 7.7f;
    pz = (px * 0.6f + pz * 0.8f) * 2.0f + 3.1f;
    px = nx;
    f4 ns = (sx * 0.8f - sz * 0.6f);
    sz = (sx * 0.6f + sz * 0.8f);
    sx = ns;
    float np = p * 0.8f - q * 0.6f;
    q = p * 0.6f + q * 0.8f;
    p = np;
    amplitude *= 0.5f;
    frequency *= 2.0f;
  }
  // Low before the camera, so that it stands over a valley; high farther off, highest in the middle distance.
  f4 away = sqrt4(sq(x) * 0.25f + sq(z));
  f4 rise = step4(4.0f, 22.0f, away), fine = (0.42f + 0.58f * rise) * U_KNOBS[0], large = rise * (0.78f * U_KNOBS[0]);
  return (noised){sum * fine - 0.30f * U_KNOBS[0] + ridge * ridge * large, gx * fine + tilt * r.dx * large * 0.062f,
                  gz * fine + tilt * r.dy * large * 0.05f};
}
#define RANGE_CEILING (U_KNOBS[0] * 1.1f)  // what is drawn lies below it
#define RANGE_SUMMIT (U_KNOBS[0] * 1.45f)  // no height lies above it
INL f4 range_height(f4 x, f4 z, f4 grain, int octaves) { return range_at(x, z, grain, octaves).v; }
// Conifers as cones on a jittered grid: their height over the ground, in world units.
INL f4 conifers(f4 x, f4 z, f4 grain, float cell) {
  f4 u = x * (1.0f / cell), v = z * (1.0f / cell), cu = floor4(u), cv = floor4(v);
  f4 a = hash4(cu, cv, 3), b = hash4(cv, cu, 4);
  f4 sway = sin4(U_TIME * 1.5f + a * 20.0f + x * 1.3f) * (0.05f + 0.12f * U_WIND);
  f4 dx = u - cu - (0.35f + 0.3f * a) - sway, dz = v - cv - (0.35f + 0.3f * b);
  f4 cone = fmax4(1.0f - sqrt4(dx * dx + dz * dz) * 2.1f, F(0.12f)) * (0.6f + 0.8f * a);
  return mix(cone, F(0.45f), sat(grain * (2.2f / cell) - 0.4f)) * cell * 1.7f;
}
INL f4 woods_at(f4 x, f4 z, f4 h) {
  f4 level = (h - U_KNOBS[5]) * (1.0f / U_KNOBS[0]);
  return step4(0.24f, 0.12f, level + noise2(x * 0.7f, z * 0.7f) * 0.16f) * step4(0.002f, 0.012f, (h - U_KNOBS[2]) * (1.0f / U_KNOBS[0])) * U_KNOBS[3];
}
INL f4 range_coarse(f4 x, f4 z, f4 grain) {
  f4 h = range_height(x, z, grain * 3.5f, 8);
  f4 woods = woods_at(x, z, h);
  if (any(woods > 0)) h += woods * conifers(x, z, grain, 0.085f);
  return fmax4(h, F(U_KNOBS[2]));
}

// Sunlight, dimmed by what stands between: a few steps towards the sun over the coarse shape.
NOINL f4 range_shadow(f4 x, f4 y, f4 z, v3 sun) {
  f4 shadow = F(1);
  float reach = 0.12f;
  for (int i = 0; i < 6; i++) {
    if (!any((shadow > 0) & (y + sun.y * reach < RANGE_SUMMIT + 0.06f * reach))) break;
    f4 over = y + 0.02f + sun.y * reach - range_height(x + sun.x * reach, z + sun.z * reach, F(0.1f + reach * 0.05f), 4);
    shadow = fmin4(shadow, sat(over * (7.0f / reach) + 0.6f));
    reach *= 1.9f;
  }
  return shadow;
}
// Rock, grass, woods and snow in the light.
NOINL v3 range_ground(const pixel *p, f4 t, f4 x, f4 y, f4 z, noised ground) {
  v3 sun = U3(U_SUN_DIRECTION);
  f4 grain = t * pixel_angle(), h = ground.v;
  v3 n = norm3(V(-ground.dx, F(1), -ground.dy));

  f4 toward_sun = sat(dot3(n, sun)), shadow, smooth_height;
  kept_ground *kept = COLUMN(kept_ground, p->column);
  if (is_same_ground(kept, p, t)) shadow = kept->first, smooth_height = kept->second;
  else {
    int in_light = any(toward_sun > 0);
    shadow = in_light ? range_shadow(x, y, z, sun) : F(1), smooth_height = range_height(x, z, F(0.9f), 4);
    *kept = (kept_ground){t, shadow, smooth_height, in_light ? p->row : -1};
  }
  f4 hollow = sat(0.75f + (h - smooth_height) * 0.9f / U_KNOBS[0] * 2.0f);

  f4 lit = toward_sun * shadow;
  f4 patch = fbm2(x * 0.9f, z * 0.9f, 5, grain * 0.9f), fine = fbm2(x * 7.0f, (z + h) * 7.0f, 4, grain * 7.0f);
  v3 rock = mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), sat(0.5f + patch * 0.7f + fine * 0.45f));
  f4 layers = noise2(h * 9.0f + patch * 1.2f, F(3.7f));
  rock = scale3(rock, 0.75f + 0.5f * layers);
  f4 tree = sat((y - h) * 9.0f);
  v3 green = scale3(U3(U_COLOUR_C), (0.35f + 1.3f * tree) * (0.8f + 0.8f * patch));
  v3 grass = scale3(V(U_COLOUR_C[0] * 2.6f + F(0.02f), U_COLOUR_C[1] * 2.0f + F(0.02f), F(U_COLOUR_C[2] * 1.6f)), 0.8f + 0.6f * fine + 0.4f * patch);
  f4 wooded = woods_at(x, z, h);
  rock = mix3(rock, grass, step4(0.34f, 0.16f, (h - U_KNOBS[5]) / U_KNOBS[0] + patch * 0.1f) * step4(0.55f, 0.8f, n.y) * U_KNOBS[3]);
  v3 body = mix3(rock, green, wooded);
  f4 lies = step4(0.50f, 0.68f, n.y + patch * 0.12f + fine * 0.05f) * step4(U_KNOBS[1] - 0.10f, U_KNOBS[1] + 0.12f, h / U_KNOBS[0] + patch * 0.16f);
  body = mix3(body, V1(0.86f, 0.90f, 0.97f), lies);
  v3 from_sky = scale3(U3(U_AMBIENT), (0.45f + 0.55f * n.y) * hollow);
  f4 bounce = sat(-(n.x * sun.x + n.z * sun.z)) * 0.10f;
  v3 light = mad3(from_sky, U3(U_SUN_COLOUR), lit * 1.05f + bounce * hollow);
  return mul3(body, light);
}
// How much of the lake's mirror the range fills: march the reflected ray over the coarse shape.
NOINL f4 mirrored_range(f4 x, f4 z, v3 r, i4 water) {
  f4 blocked = F(0), away = F(0.5f);
  for (int i = 0; i < 14; i++) {
    if (!any(water & (blocked < 1) & (U_KNOBS[2] + r.y * away < RANGE_SUMMIT))) break;
    f4 over = range_height(x + r.x * away, z + r.z * away, away * 0.03f, 5) - (U_KNOBS[2] + r.y * away);
    blocked = fmax4(blocked, sat(over * 9.0f / away));
    away *= 1.42f;
  }
  return blocked;
}
INL v3 shade_mountains(const pixel *p) {
  f4 t = depth_at(p);
  i4 land = t > 0;
  v3 d = p->direction, sky = all(land) ? V1(0, 0, 0) : sky_light(d);
  if (!any(land)) return with_weather(p, sky);
  t = sel(land, t, F(8));
  v3 sun = U3(U_SUN_DIRECTION);
  f4 x = U_EYE[0] + p->ray.x * t, y = U_EYE[1] + p->ray.y * t, z = U_EYE[2] + p->ray.z * t;
  f4 grain = t * pixel_angle();
  noised ground = range_at(x, z, grain, 9);
  f4 h = ground.v;
  i4 water = h < U_KNOBS[2] + 0.002f;
  i4 dry = land & ~water;
  v3 c = any(dry) ? range_ground(p, t, x, y, z, ground) : V1(0, 0, 0);
  if (any(water & land)) {
    f4 ripple = slice_fbm(1, x * 2.2f, z * 5.0f, 5, grain * 5.0f) * 0.06f;
    v3 r = reflect3(d, norm3(V(ripple, F(1), ripple * 0.6f)));
    r.y = abs4(r.y) + 0.01f;
    f4 grazing = 1.0f - sat(-d.y), fresnel = 0.06f + 0.94f * grazing * grazing * grazing;
    kept_ground *kept = COLUMN(kept_ground, p->column) + 1;
    int shared = is_same_ground(kept, p, t);
    f4 blocked = shared ? kept->first : mirrored_range(x, z, r, water);
    if (!shared) *kept = (kept_ground){t, blocked, F(0), any(dry) ? -1 : p->row};
    v3 mirrored = mix3(sky_gradient(norm3(r)), mix3(mul3(U3(U_COLOUR_A), U3(U_AMBIENT)), U3(U_FOG_COLOUR), F(0.3f)), blocked * 0.85f);
    f4 glitter = powf4(fmax4(dot3(norm3(r), sun), F(0)), 220) * 2.0f;
    v3 lake = mix3(U3(U_COLOUR_D), mirrored, fresnel * 0.92f);
    c = sel3(water, mad3(lake, U3(U_SUN_COLOUR), glitter * (1.0f - blocked)), c);
  }
  f4 shade_of_clouds = step4(-0.05f, 0.35f, slice_fbm(2, x * 0.3f + U_TIME * 0.05f, z * 0.22f, 3, F(0.01f)));
  c = scale3(c, 1.0f - 0.5f * shade_of_clouds * sat(U_CLOUD_COVER * 1.6f));
  // Mist: thick where the land is low, drifting.
  f4 low = exp4(fmax4(h - U_KNOBS[5], F(0)) * -(3.5f / U_KNOBS[0])) * U_KNOBS[4] * sel(water, F(0.25f), F(1));
  if (any(low > 0.004f)) low *= sat(0.55f + slice_fbm(3, x * 0.22f + U_TIME * 0.08f, z * 0.22f, 4, grain * 0.22f) * 1.3f);
  c = with_fog(c, d, t * (1.0f + low * 5.0f));
  // Bands of cloud drift along the flanks.
  f4 band = exp4(sq((y - U_KNOBS[0] * 0.20f) * (7.0f / U_KNOBS[0])) * -1.0f) * step4(7.0f, 15.0f, t) * sat(U_CLOUD_COVER * 2.2f);
  if (any(band > 0.02f)) {
    f4 wisp = fbm3(x * 0.42f + U_TIME * 0.16f, y * 1.5f - U_TIME * 0.05f, F(U_TIME * 0.12f) + z * 0.15f, 5, grain * 1.5f);
    v3 cloud = mad3(scalef3(U3(U_CLOUD_SHADE), 0.7f), U3(U_CLOUD_LIT), sat(0.35f + wisp * 0.7f) * 0.65f);
    c = mix3(c, cloud, band * step4(-0.05f, 0.45f, wisp) * 0.75f);
  }
  return with_weather(p, sel3(land, c, sky));
}
static void draw_mountains(void) {
  cut_sky();
  cut_slices(1, U_TIME * 0.6f, 5);
  cut_slices(2, U_TIME * 0.16f, 3);
  cut_slices(3, U_TIME * 0.4f, 4);
  forget_ground();
  march_ground(range_coarse, (ground_march){.nearest = 0.2f, .farthest = 110, .growth = 0.011f, .ceiling = RANGE_CEILING, .steepness = 4, .bumps = 0.2f});
  DRAW(shade_mountains)
}
