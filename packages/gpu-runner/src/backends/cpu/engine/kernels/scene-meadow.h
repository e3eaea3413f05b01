// A meadow: grass blades near by, flowers, hills with trees behind, wind going over it all.
#pragma once
#include "ground.h"
#include "overlay.h"
#include "sky.h"

// Knobs: 0 hilliness, 1 flowers, 2 trees, 3 length of the grass.
INL noised meadow_at(f4 x, f4 z, f4 grain) {
  noised hills = fbm2d(x * 0.05f + U_SEED[0], z * 0.06f + U_SEED[1], 4, grain * 0.06f);
  f4 tall = (0.25f + 1.3f * step4(3.0f, 40.0f, z)) * U_KNOBS[0];
  return (noised){hills.v * tall + step4(12.0f, 60.0f, z) * U_KNOBS[0] * 0.55f, hills.dx * tall * 0.05f, hills.dy * tall * 0.06f};
}
INL f4 meadow_ground(f4 x, f4 z, f4 grain) { return meadow_at(x, z, grain).v; }
typedef struct { f4 height, shade, pick; } blade;
// The tallest of two rows of blades on a jittered grid; they lean with the wind.
INL blade grass_blade(f4 x, f4 z, f4 grain) {
  blade best = {F(0), F(0.5f), F(0)};
  f4 gust = noise2(x * 0.45f - U_TIME * (0.25f + U_WIND * 0.6f), z * 0.45f + U_SEED[2]);
  f4 lean = (gust - 0.5f) * (0.03f + 0.06f * U_WIND) + sin4(U_TIME * 1.1f + x * 3.0f + z * 2.0f) * 0.004f;
  f4 blur = sat(grain * 110.0f - 0.35f);
  for (int i = 0; i < 2 && any(blur < 1); i++) {
    float across = i ? 38.0f : 62.0f, along = i ? 13.0f : 20.0f;
    f4 u = (x + lean * (i ? 1.0f : 0.7f)) * across + 3.7f * (float)i, v = z * along + 1.9f * (float)i;
    f4 cu = floor4(u), cv = floor4(v), a = hash4(cu, cv, 41 + i);
    f4 dx = abs4(u - cu - 0.3f - 0.4f * a), dz = abs4(v - cv - 0.5f);
    f4 tip = sat(1.0f - dx * 2.2f - dz * 0.9f) * (0.45f + 0.55f * a);
    i4 more = tip > best.height;
    best.height = sel(more, tip, best.height), best.shade = sel(more, a, best.shade), best.pick = sel(more, hash4(cv, cu, 43), best.pick);
  }
  best.height = mix(best.height, F(0.35f), blur);
  best.shade = mix(best.shade, 0.25f + 0.5f * gust, blur);
  return best;
}
typedef struct { f4 head, kind, shade; } bloom;
// Flower heads in beds: single ones near by, a speckle of colour far off.
INL bloom flowers_at(f4 x, f4 z, f4 grain) {
  f4 bed = step4(0.40f, 0.72f, noise2(x * 0.55f + 11.0f, z * 0.4f + 5.0f));
  if (!any(bed > 0)) return (bloom){F(0), F(0), F(0)};
  f4 u = x * 8.0f, v = z * 5.0f, cu = floor4(u), cv = floor4(v);
  f4 pick = hash4(cu, cv, 47), kind = hash4(cv, cu, 50);
  f4 sway = sin4(U_TIME * 0.9f + pick * 20.0f) * 0.05f;
  f4 r = sqrt4(sq(u - cu - 0.3f - 0.4f * kind + sway) + sq((v - cv - 0.5f) * 0.8f));
  f4 head = step4(0.26f, 0.15f, r) * sel(pick < 0.2f + 0.6f * U_KNOBS[1], F(1), F(0)) * bed;
  f4 far = sat(grain * 30.0f - 0.3f);
  return (bloom){mix(head, bed * (0.14f * U_KNOBS[1]), far) * sat(U_KNOBS[1] * 5.0f), fract4(kind * 7.3f), sat(1.0f - r * 2.5f)};
}
INL f4 tree_crowns(f4 x, f4 z, f4 grain) { // groups of round crowns on the hills
  f4 group = noise2(x * 0.06f + 7.7f, z * 0.06f + U_SEED[0]);
  f4 cover = step4(0.52f, 0.66f, group) * step4(10.0f, 16.0f, z) * U_KNOBS[2];
  if (!any(cover > 0)) return F(0);
  f4 lumps = 0.55f + fbm2(x * 0.9f, z * 0.9f, 4, grain * 0.9f) * 0.9f;
  return cover * fmax4(lumps, F(0)) * 1.6f;
}
INL f4 meadow_surface(f4 x, f4 z, f4 grain) {
  f4 h = meadow_ground(x, z, grain);
  if (maxf(z) > 9.5f) h += tree_crowns(x, z, grain);
  if (minf(grain) < 0.03f) {
    f4 tall = fmax4(grass_blade(x, z, grain).height, flowers_at(x, z, grain).head * 1.25f);
    h += tall * U_KNOBS[3] * sat(2.0f - grain * 90.0f);
  }
  return h;
}
INL v3 shade_meadow(const pixel *p) {
  f4 t = depth_at(p);
  i4 land = t > 0;
  v3 d = p->direction, sky = all(land) ? V1(0, 0, 0) : sky_light(d);
  if (!any(land)) return with_weather(p, sky);
  t = sel(land, t, F(8));
  v3 sun = U3(U_SUN_DIRECTION);
  f4 x = U_EYE[0] + p->ray.x * t, z = U_EYE[2] + p->ray.z * t;
  f4 grain = t * pixel_angle(), step = fmax4(grain * 2.0f, F(0.06f));
  noised hill = meadow_at(x, z, grain);
  f4 trees = F(0), dx = hill.dx, dz = hill.dy;
  if (any(z > 9.5f)) {
    trees = tree_crowns(x, z, grain);
    if (any(trees > 0)) dx += (tree_crowns(x + step, z, grain) - trees) / step, dz += (tree_crowns(x, z + step, grain) - trees) / step;
  }
  f4 crown = step4(0.05f, 0.25f, trees);
  v3 n = norm3(V(-dx, F(1), -dz));
  blade b = grass_blade(x, z, grain);
  f4 patch = fbm2(x * 0.22f + 3.0f, z * 0.22f, 5, grain * 0.22f);
  f4 sheen = noise2(x * 0.35f - U_TIME * (0.45f + U_WIND), z * 0.3f + 8.0f); // gusts turn the blades' pale side up
  v3 green = mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), sat(0.35f + patch * 0.9f + (b.shade - 0.5f) * 0.2f + (sheen - 0.5f) * 0.5f));
  f4 deep = 0.68f + 0.32f * sat(b.height * 1.7f); // dark between the blades
  f4 near = sat(1.6f - grain * 40.0f);
  green = scale3(green, mix(F(0.85f), deep, near));
  bloom flower = flowers_at(x, z, grain);
  v3 petal = sel3(flower.kind < 0.45f, U3(U_COLOUR_C), sel3(flower.kind < 0.8f, U3(U_COLOUR_D), V1(0.85f, 0.83f, 0.75f)));
  green = mix3(green, scale3(petal, 0.5f + 0.4f * flower.shade), flower.head * (1.0f - crown));
  v3 leaf = scale3(mix3(scalef3(U3(U_COLOUR_A), 0.45f), scalef3(U3(U_COLOUR_B), 0.6f), sat(0.4f + patch)), 0.35f + 0.75f * sat(trees * 0.7f));
  v3 body = mix3(green, leaf, crown);
  f4 lit = sat(dot3(n, sun) * 0.75f + 0.25f * sat(sun.y * 2.0f + 0.2f));
  f4 through = sq(fmax4(dot3(d, sun), F(0))) * 0.5f; // light through the blades, towards the sun
  f4 clouds = step4(-0.05f, 0.35f, slice_fbm(1, x * 0.05f + U_TIME * 0.02f, z * 0.05f, 3, F(0.01f)));
  lit *= 1.0f - 0.45f * clouds * sat(U_CLOUD_COVER * 1.6f);
  v3 light = mad3(scalef3(U3(U_AMBIENT), 0.8f), U3(U_SUN_COLOUR), lit + through);
  v3 c = with_fog(mul3(body, light), d, t);
  return with_weather(p, sel3(land, c, sky));
}
static v3 meadow_air(const pixel *p) {
  v3 c = shade_meadow(p);
  return mad3(c, scalef3(U3(U_SUN_COLOUR), 0.12f), motes(p, 1.6f, 0.02f, 0.003f, 0.3f));
}
static void draw_meadow(void) {
  cut_sky();
  cut_slices(1, U_TIME * 0.04f, 3);
  march_ground(meadow_surface, (ground_march){.nearest = 0.35f, .farthest = 220, .growth = 0.010f, .ceiling = U_KNOBS[0] * 2.0f + 2.0f, .steepness = 1.5f, .bumps = 2.4f});
  DRAW(meadow_air)
}
