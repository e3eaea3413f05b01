// A street in the rain: walls of windows on both sides, signs without letters, lamps, cars, all mirrored in the wet ground.
#pragma once
#include "city.h"
#include "overlay.h"
#include "sky.h"

// Knobs: 0 half width of the street, 1 wetness, 2 share of lit windows, 3 strength of the signs, 4 cars.
#define KERB 0.62f
// Cells that a ray met last, one each for the direct view, the mirror and the smeared mirror.
typedef struct { cell house, bay, sign; } wall_memory;
static wall_memory wall_kept[3] = {{NO_CELL, NO_CELL, NO_CELL}, {NO_CELL, NO_CELL, NO_CELL}, {NO_CELL, NO_CELL, NO_CELL}};
INL f4 house_of(f4 z, f4 side, f4 *along) { // number of the house at z, and the place within it, 0..1
  f4 u = z * 0.21f + side * 11.0f + U_SEED[0], cell = floor4(u);
  *along = u - cell;
  return cell;
}
// Both walls in one: `side` is -1 or 1.
NOINL v3 wall_light(f4 y, f4 z, f4 side, f4 grain, wall_memory *kept, f4 *gap) {
  f4 along, house = house_of(z, side, &along);
  cell numbers = enter_cell(&kept->house, house, side, 3, 4, 4);
  f4 a = numbers.a, b = numbers.b, tall = 4.5f + 9.0f * a * a;
  i4 open_air = (y > tall) | (along < 0.02f);
  *gap = sel(open_air, F(1), F(0));
  if (all(open_air)) return V1(0, 0, 0);
  f4 storey = 0.40f + 0.08f * b;
  v3 c = scale3(facade_light(z * (2.6f + 1.4f * b) + house * 5.0f, y / storey, house + side * 17.0f, grain * 3.2f, U_KNOBS[2]), 0.75f + F(0));
  v3 stone = scale3(mix3(U3(U_COLOUR_A), V1(0.05f, 0.05f, 0.06f), b), 0.35f + 0.4f * noise2(z * 3.0f, y * 3.0f));
  c = add3(c, mul3(stone, scalef3(U3(U_AMBIENT), 1.6f)));
  if (any(y < 0.94f)) { // ground floor: shop fronts with bright glass
    f4 shop = step4(0.78f, 0.74f, y) * step4(0.02f, 0.06f, y);
    f4 place = z * 0.9f + house * 0.37f, number = floor4(place), bay = fract4(place), glass = step4(0.06f, 0.10f, bay) * step4(0.94f, 0.90f, bay);
    cell shown = enter_cell(&kept->bay, number, side, 5, 6, 16);
    f4 open = sel(shown.a < 0.72f, F(1), F(0.08f));
    f4 goods = noise2(z * 5.0f + house * 9.0f, y * 2.0f + side), shelf = step4(0.08f, 0.03f, abs4(fract4(y * 4.2f) - 0.5f));
    f4 inside = (0.16f + 0.75f * sq(goods)) * (1.0f - 0.45f * shelf) + 0.5f * step4(0.60f, 0.72f, y);
    v3 shop_light = mix3(V1(1.0f, 0.70f, 0.38f), mix3(U3(U_COLOUR_B), V1(0.9f, 0.9f, 1.0f), F(0.4f)), sel(shown.b < 0.4f, F(0.85f), F(0.1f)));
    c = mix3(c, scale3(shop_light, inside * open * glass * 0.95f), shop);
    f4 awning = step4(0.76f, 0.79f, y) * step4(0.94f, 0.91f, y) * sel(shown.c < 0.5f, F(1), F(0));
    f4 stripe = step4(0.2f, 0.3f, abs4(fract4(z * 7.2f) - 0.5f));
    c = mix3(c, scale3(mix3(scalef3(U3(U_COLOUR_C), 0.10f), V1(0.20f, 0.19f, 0.18f), stripe), 0.5f + 0.8f * open), awning);
  }
  // Signs: upright bars and bands of coloured tube, no letters.
  f4 sz = z * 0.62f + side * 3.37f + U_SEED[2], place = floor4(sz), fz = sz - place;
  cell sign = enter_cell(&kept->sign, place, side, 12, 13, 13);
  f4 pick = sign.a, tone = sign.b, low = 0.95f + 0.5f * pick, high = low + 0.5f + 1.5f * tone;
  if (!any((y > low) & (y < high) & (pick < 0.7f))) return c;
  f4 frame_z = abs4(fz - 0.5f) * 1.61f, frame_y = abs4(y - (low + high) * 0.5f) - (high - low) * 0.5f;
  f4 outline = exp4(sq(fmax4(abs4(frame_z - 0.13f), F(0)) * 40.0f) * -1.0f) * sel(frame_y < 0, F(1), F(0));
  f4 panel = sel((frame_z < 0.10f) & (frame_y < -0.04f), F(1), F(0)) * sq(noise2(fz * 9.0f + pick * 30.0f, y * (2.0f + 4.0f * tone)));
  f4 beat = 0.88f + 0.12f * sin4(U_TIME * (1.0f + 2.0f * tone) + pick * 50.0f);
  v3 neon = sel3(tone < 0.4f, U3(U_COLOUR_B), sel3(tone < 0.75f, U3(U_COLOUR_C), U3(U_COLOUR_D)));
  return mad3(c, neon, (outline * 2.2f + panel * 0.7f) * beat * sel(pick < 0.7f, F(1), F(0)) * U_KNOBS[3]);
}
// A disc, its bloom and the damp air around it.
INL f4 lamp_glow(f4 r2, float narrow) {
  f4 from_near = 1.0f + r2 * (narrow * 0.09f), from_wide = 1.0f + r2 * 5.0f, both = 1.0f / (from_near * from_wide); // one division for two
  f4 near = from_wide * both, wide = from_near * both;
  return sq(sat(1.0f - r2 * narrow)) * 2.6f + near * near * 0.30f + wide * wide * 0.020f;
}
// Lamps and cars: round lights that hang over the street, as the ray passes them.
INL v3 street_lights(v3 o, v3 d, f4 far) {
  v3 sum = V1(0, 0, 0);
  f4 per_z = 1.0f / fmax4(d.z, F(0.05f)), ahead = sel(d.z > 0.05f, F(1), F(0));
  for (int i = 0; i < 7; i++) {
    float z = 3.0f + 4.6f * (float)i - U_EYE[2] + floor4(F(U_EYE[2] / 4.6f))[0] * 4.6f;
    f4 t = z * per_z, dy = o.y + d.y * t - 2.05f;
    i4 before = t < far + 0.3f;
    if (!any(before)) continue;
    for (int s = -1; s <= 1; s += 2) {
      f4 dx = o.x + d.x * t - (float)s * U_KNOBS[0] * KERB * 1.04f, r2 = dx * dx + dy * dy;
      f4 seen = sel(before, ahead, F(0));
      sum = mad3(sum, V1(1.0f, 0.74f, 0.42f), lamp_glow(r2, 260) * seen);
    }
  }
  if (U_KNOBS[4] > 0)
    for (int i = 0; i < 6; i++) {
      float lane = i & 1 ? 0.24f : -0.24f, way = i & 1 ? 1.0f : -1.0f, start = 4.7f * (float)(i / 2) + unit_hash((unsigned)i, 3, 9) * 3.0f + U_SEED[1];
      float run = start + way * U_TIME * 0.5f, cycle = run / 15.0f, z = 2.6f + (cycle - floor4(F(cycle))[0]) * 15.0f;
      float shown = smoothf(2.6f, 4.0f, z) * smoothf(17.6f, 14.5f, z);
      f4 t = z * per_z, dy = (o.y + d.y * t) - 0.2f;
      i4 before = t < far + 0.3f;
      if (!any(before)) continue;
      for (int s = -1; s <= 1; s += 2) {
        f4 dx = o.x + d.x * t - lane * U_KNOBS[0] * 1.25f - (float)s * 0.14f;
        f4 r2 = dx * dx + dy * dy, seen = sel(before, ahead, F(0));
        v3 lamp = i & 1 ? V1(1.0f, 0.06f, 0.04f) : V1(1.0f, 0.92f, 0.8f);
        sum = mad3(sum, lamp, lamp_glow(r2, 560) * shown * seen * U_KNOBS[4]);
      }
    }
  return sum;
}
INL f4 wall_distance(v3 o, v3 d) {
  f4 side = sel(d.x > 0, F(1), F(-1));
  return fmin4((side * U_KNOBS[0] - o.x) / sel(abs4(d.x) < 1e-4f, side * 1e-4f, d.x), F(70));
}
// Everything above the ground along a ray from o, to where it ends.
INL v3 street_walls(v3 o, v3 d, float blur, int lamps, wall_memory *kept) {
  f4 side = sel(d.x > 0, F(1), F(-1)), t = wall_distance(o, d);
  f4 y = o.y + d.y * t, z = U_EYE[2] + o.z + d.z * t;
  f4 grain = fmin4(t * pixel_angle() / fmax4(abs4(d.x), F(0.02f)) * 0.6f, F(3)) + blur;
  f4 gap;
  v3 c = wall_light(y, z, side, grain, kept, &gap);
  v3 look = V(d.x, abs4(d.y) + 0.03f, d.z);
  v3 sky = mix3(U3(U_HORIZON), U3(U_ZENITH), sat(look.y * 1.3f));
  c = sel3((gap > 0.5f) | (t > 60), sky, c);
  f4 haze = 1.0f - exp4(t * -U_FOG_DENSITY);
  c = mix3(c, mad3(U3(U_FOG_COLOUR), U3(U_COLOUR_B), F(0.02f)), haze);
  return lamps ? add3(c, street_lights(o, d, t)) : c;
}
INL v3 shade_street(const pixel *p) {
  v3 d = norm3(p->ray);
  v3 eye = V1(U_EYE[0], U_EYE[1], 0);
  f4 t = U_EYE[1] / fmax4(-d.y, F(1e-4f));
  i4 ground = (d.y < 0) & (t < wall_distance(eye, d));
  v3 c = all(ground) ? V1(0, 0, 0) : street_walls(eye, d, 0, 1, &wall_kept[0]);
  if (any(ground)) {
    t = sel(ground, t, F(1));
    f4 x = eye.x + d.x * t, z = U_EYE[2] + d.z * t, grain = t * pixel_angle() / fmax4(-d.y, F(0.05f));
    f4 pavement = step4(KERB - 0.01f, KERB + 0.01f, abs4(x) / U_KNOBS[0]);
    f4 rough = fbm2(x * 9.0f, z * 9.0f, 4, grain * 9.0f), puddle = step4(-0.10f, 0.22f, fbm2(x * 0.8f + U_SEED[2], z * 0.55f, 4, grain * 0.8f)) * U_KNOBS[1];
    // Rings of drops.
    f4 rings = F(0);
    if (U_RAIN > 0)
      for (int i = 0; i < 2; i++) {
        float cells = 2.6f + 1.9f * (float)i;
        f4 u = x * cells + 3.0f * (float)i, v = z * cells, cu = floor4(u), cv = floor4(v), pick = hash4(cu, cv, 14 + i);
        f4 age = fract4(U_TIME * 0.8f + pick), r = sqrt4(sq(u - cu - 0.5f) + sq(v - cv - 0.5f));
        rings += sin4((r - age * 0.45f) * 60.0f) * exp4(sq(r - age * 0.45f) * -500.0f) * (1.0f - age) * sat(1.6f - grain * cells * 7.0f);
      }
    f4 wobble = rough * (0.085f - 0.06f * puddle) + rings * 0.05f * U_RAIN;
    v3 n = norm3(V(wobble * 0.6f, F(1), wobble * 1.4f));
    v3 r = reflect3(d, n);
    r.y = fmax4(r.y, F(0.004f));
    v3 from = V(x, F(0), d.z * t);
    v3 mirrored = street_walls(from, r, 0.25f, 0, &wall_kept[1]);
    f4 stretch = fmax4(r.y * (1.7f + 0.5f * rough), F(0.004f)); // rough water draws lights out towards the viewer
    v3 smear = street_walls(from, norm3(V(r.x, stretch * 0.55f, r.z)), 0.8f, 1, &wall_kept[2]);
    mirrored = mix3(mirrored, smear, F(0.62f) - 0.25f * puddle);
    f4 fresnel = 0.10f + 0.9f * pow5(1.0f - sat(-d.y));
    f4 shine = sat((0.30f + 0.70f * puddle) * U_KNOBS[1]) * (0.30f + 0.70f * fresnel) * 1.15f;
    v3 asphalt = scale3(mad3(V1(0.012f, 0.013f, 0.016f), U3(U_AMBIENT), 0.12f + 0.12f * rough), 1.0f + pavement * 0.9f);
    f4 dash = step4(0.035f, 0.025f, abs4(x)) * step4(0.5f, 0.54f, fract4(z * 0.35f)) * sat(1.3f - grain * 6.0f);
    asphalt = mad3(asphalt, V1(0.10f, 0.10f, 0.09f), dash * (0.7f + rough));
    f4 slabs = sat(1.0f - fmin4(abs4(fract4(x * 2.2f) - 0.5f), abs4(fract4(z * 1.5f) - 0.5f)) * 40.0f) * pavement * sat(1.3f - grain * 14.0f);
    v3 g = mad3(scale3(asphalt, 1.0f - 0.5f * slabs), mirrored, shine * (1.0f - 0.35f * pavement) * (1.0f - 0.4f * slabs));
    f4 haze = 1.0f - exp4(t * -U_FOG_DENSITY);
    c = sel3(ground, mix3(g, U3(U_FOG_COLOUR), haze), c);
  }
  c = with_rain(p, c, V1(0.40f, 0.46f, 0.55f));
  return with_snow(p, c, V1(0.7f, 0.72f, 0.78f));
}
static void draw_street(void) { DRAW(shade_street) }
