// Below the surface: light falling in shafts, its net on the sand, rocks and kelp, a shoal, bubbles.
#pragma once
#include "ground.h"
#include "overlay.h"
#include "slices.h"

// Knobs: 0 roughness of the bottom, 1 kelp, 2 fish, 3 bubbles.
INL noised bed_at(f4 x, f4 z, f4 grain) {
  noised dunes = fbm2d(x * 0.22f + U_SEED[0], z * 0.22f + U_SEED[1], 4, grain * 0.22f);
  noised rock = fbm2d(x * 0.5f + U_SEED[2], z * 0.5f + 3.0f, 6, grain * 0.5f);
  f4 side = step4(0.4f, 2.6f, abs4(x) + noise2(z * 0.4f, F(2)) * 1.2f - 0.4f); // open in the middle
  f4 rise = (0.7f + 2.3f * side) * U_KNOBS[0], steep = sel(rock.v + 0.10f > 0, rise * 0.5f, F(0));
  return (noised){dunes.v * 0.5f + fmax4(rock.v + 0.10f, F(0)) * rise - 0.2f, dunes.dx * 0.11f + rock.dx * steep, dunes.dy * 0.11f + rock.dy * steep};
}
INL f4 bed_height(f4 x, f4 z, f4 grain) { return bed_at(x, z, grain).v; }
INL f4 caustics(f4 x, f4 z, f4 grain) {
  f4 sum = F(1);
  for (int i = 0; i < 2; i++) {
    float s = i ? 2.7f : 1.6f;
    f4 wx = slice_noise(1, x * s * 0.5f, z * s * 0.5f) * 1.4f, a = slice_noise(2 + i, x * s + wx, z * s + 4.0f * (float)i);
    sum *= 1.0f - abs4(a * 2.0f - 1.0f);
  }
  f4 fade = sat(1.5f - grain * 4.0f);
  return mix(F(0.30f), sum * sum * sum * 1.5f, fade);
}
INL v3 water_light(v3 d) { // brighter towards the surface and the sun
  f4 up = d.y;
  v3 c = mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), step4(-0.55f, 0.75f, up));
  f4 s = fmax4(dot3(d, norm3(V1(U_SUN_DIRECTION[0] * 0.7f, 0.62f, 0.75f))), F(0));
  return mad3(c, U3(U_COLOUR_C), sq(sq(s)) * sq(sq(s)) * 0.45f + step4(0.25f, 1.0f, up) * 0.22f);
}
INL v3 into_water(v3 c, v3 d, f4 t) { // red goes first
  v3 keep = V(exp4(t * -0.26f), exp4(t * -0.13f), exp4(t * -0.115f));
  v3 w = water_light(d);
  return V(w.x + (c.x - w.x) * keep.x, w.y + (c.y - w.y) * keep.y, w.z + (c.z - w.z) * keep.z);
}
#define KELP_ROWS 4
// The ribbon of a row that a column meets: its place aside, its cell, a random number, where its root stands.
typedef struct { f4 x, u, cell, a, root; } kelp_column;
static void plant_kelp(int column, kelp_column *rows) {
  f4 sx = units_x(column) / U_ZOOM + U_HEADING[2];
  for (int i = 0; i < KELP_ROWS; i++) {
    float z = 7.5f - 1.6f * (float)i;
    f4 x = U_EYE[0] + sx * fmaxf1(z - U_EYE[2], 0.3f), u = x * 1.25f + 3.3f * (float)i + U_SEED[1], cell = floor4(u);
    rows[i] = (kelp_column){x, u, cell, hash4(cell, F((float)i), 5), bed_height(x, F(z), F(0.4f))};
  }
}
INL v3 shade_underwater(const pixel *p) {
  v3 d = p->direction;
  f4 t = depth_at(p);
  i4 land = t > 0;
  v3 c = water_light(d);
  if (any(d.y > 0.02f)) { // the surface from below, rippling
    f4 reach = 2.6f / fmax4(d.y, F(0.03f)), net = caustics((U_EYE[0] + d.x * reach) * 0.8f, (U_EYE[2] + d.z * reach) * 0.8f, reach * pixel_angle() * 3.0f);
    c = mad3(c, U3(U_COLOUR_C), sel(d.y > 0.02f, net * step4(0.12f, 0.7f, d.y) * 0.5f, F(0)));
  }
  if (any(land)) {
    f4 s = sel(land, t, F(4)), x = U_EYE[0] + p->ray.x * s, y = U_EYE[1] + p->ray.y * s, z = U_EYE[2] + p->ray.z * s;
    f4 grain = s * pixel_angle();
    noised bed = bed_at(x, z, grain);
    f4 h = bed.v;
    v3 n = norm3(V(-bed.dx, F(1), -bed.dy));
    f4 fine = fbm2(x * 4.0f, z * 4.0f, 5, grain * 4.0f), rocky = step4(0.90f, 0.70f, n.y + fine * 0.10f) + step4(0.30f, 0.6f, h);
    f4 ripples = cos4((z + fine * 0.15f + noise2(x * 1.1f, z * 1.1f) * 0.9f) * 24.0f) * 0.5f * sat(1.4f - grain * 30.0f) * (1.0f - sat(rocky));
    v3 sand = scalef3(U3(U_COLOUR_D), 1.0f);
    f4 growth = noise2(x * 1.9f + 5.0f, z * 1.9f);
    v3 coral = sel3(growth < 0.38f, V1(0.55f, 0.12f, 0.16f), sel3(growth < 0.62f, V1(0.24f, 0.26f, 0.15f), V1(0.50f, 0.26f, 0.08f)));
    v3 body = mix3(scale3(sand, 0.85f + 0.3f * fine + 0.10f * ripples), scale3(coral, 0.45f + 0.9f * sat(0.5f + fine)), sat(rocky) * 0.85f);
    f4 light = (0.16f + 0.5f * sat(n.y * 0.8f + n.x * 0.2f)) + caustics(x, z + y * 0.5f, grain) * 1.5f * sat(n.y + 0.2f);
    c = sel3(land, into_water(mul3(body, scale3(U3(U_COLOUR_C), light)), d, s), c);
    t = sel(land, t, F(1e6f));
  } else t = F(1e6f);
  f4 sx = p->x / U_ZOOM + U_HEADING[2], sy = (p->y + U_TILT) / U_ZOOM;
  // Kelp: ribbons that stand on the bottom and sway.
  if (U_KNOBS[1] > 0)
    for (int i = 0; i < KELP_ROWS; i++) {
      const kelp_column *k = COLUMN(kelp_column, p->column) + i;
      float away = fmaxf1(7.5f - 1.6f * (float)i - U_EYE[2], 0.3f);
      f4 x = k->x, u = k->u, cell = k->cell, a = k->a, y = U_EYE[1] + sy * away, v = (y - k->root) * 0.62f;
      if (!any((a < 0.62f) & (v > 0) & (v < 0.9f + 1.5f * a) & (away < t))) continue;
      f4 sway = sin4(U_TIME * 0.7f + v * 2.2f + a * 20.0f) * 0.10f * v + sin4(U_TIME * 0.43f + a * 9.0f) * 0.12f * v * v;
      f4 off = (u - cell - 0.35f - 0.3f * a - sway) / 1.25f, frill = sin4(v * 22.0f + a * 30.0f) * 0.018f;
      f4 top = 0.9f + 1.5f * a, wide = 0.055f * sat((top - v) * 1.6f) * (0.5f + sat(v * 2.0f));
      f4 cover = sat((wide - abs4(off + frill)) / (away * pixel_angle()) + 0.5f) * sel((v > 0) & (v < top) & (away < t) & (a < 0.62f), F(1), F(0)) * U_KNOBS[1] * step4(0.4f, 1.5f, abs4(x - U_EYE[0]));
      if (!any(cover > 0)) continue;
      v3 leaf = scale3(V1(0.14f, 0.20f, 0.05f), 0.5f + 0.5f * sat(v) + sat(off / 0.05f) * 0.4f);
      c = mix3(c, into_water(mul3(leaf, U3(U_COLOUR_C)), d, F(away)), cover);
    }
  // A shoal: small bodies on a drifting grid that bends.
  if (U_KNOBS[2] > 0)
    for (int i = 0; i < 3; i++) {
      float z = 6.2f - 1.5f * (float)i, away = fmaxf1(z - U_EYE[2], 0.4f), cells = 2.3f, way = i & 1 ? -1.0f : 1.0f;
      f4 x = U_EYE[0] + sx * away + way * U_TIME * 0.16f, y = U_EYE[1] + sy * away + sin4(x * 0.8f + U_TIME * 0.5f + (float)i * 2.0f) * 0.16f;
      f4 u = x * cells + 9.0f * (float)i + U_SEED[2], v = y * cells * 1.6f, cu = floor4(u), cv = floor4(v), a = hash4(cu, cv, 15 + i), b;
      if (!any((a < 0.62f) & (F(away) < t))) continue;
      f4 group = step4(0.60f, 0.72f, noise2(x * 0.33f + U_SEED[0], y * 0.4f + (float)i * 3.0f));
      if (!any((a < 0.62f) & (group > 0))) continue;
      b = hash4(cv, cu, 16 + i);
      f4 px = (u - cu - 0.35f - 0.3f * b) * way, py = v - cv - 0.22f - 0.56f * b, wag = sin4(U_TIME * 6.0f + a * 40.0f - px * 6.0f) * 0.05f * sat(0.2f - px);
      f4 size = 0.20f + 0.14f * a, bx = px / size, by = (py + wag) / (size * 0.62f);
      f4 body = 1.0f - sq(bx) - sq(by) * (1.3f - 0.5f * bx);
      f4 tail = sat((-bx - 0.75f) * 6.0f) * sat((1.45f + bx) * 8.0f) * sat((abs4(bx + 0.75f) * 1.1f - abs4(by)) * 5.0f);
      f4 cover = fmax4(sat(body * 5.0f), tail) * sel((a < 0.62f) & (F(away) < t), F(1), F(0)) * group * U_KNOBS[2];
      if (!any(cover > 0)) continue;
      v3 scales = scale3(mix3(V1(0.25f, 0.34f, 0.42f), V1(1.0f, 0.95f, 0.8f), sat(by * 0.7f + 0.3f)), 0.55f + 0.4f * b);
      c = mix3(c, into_water(mul3(scales, U3(U_COLOUR_C)), d, F(away * 0.7f)), cover);
    }
  // Shafts fan out from a point above the picture.
  f4 to_x = sx - U_SUN_DIRECTION[0] * 0.8f, down = fmax4(1.25f - sy, F(0.1f)), slope = to_x / (down + 0.4f);
  f4 shaft = noise2(slope * 7.0f + U_SEED[1], F(U_TIME * 0.14f)) * 0.6f + noise2(slope * 19.0f, F(U_TIME * 0.2f + 7.0f)) * 0.4f;
  c = mad3(c, U3(U_COLOUR_C), step4(0.42f, 0.85f, shaft) * exp4(down * -0.75f) * exp4(slope * slope * -1.4f) * 0.34f);
  c = mad3(c, U3(U_COLOUR_C), motes(p, 2.1f, 0.02f, 0.0035f, 0.6f) * 0.11f);
  static cell bubbles[3] = {NO_CELL, NO_CELL, NO_CELL};
  if (U_KNOBS[3] > 0) c = mad3(c, U3(U_COLOUR_C), motes_of(p, bubbles, 1.1f, 0.30f, 0.008f, 0.16f * U_KNOBS[3]) * 0.35f);
  return c;
}
static void draw_underwater(void) {
  cut_slices(1, U_TIME * 0.275f, 1);
  cut_slices(2, U_TIME * 0.55f, 1);
  cut_slices(3, U_TIME * 0.55f + 5.0f, 1);
  march_ground(bed_height, (ground_march){.nearest = 0.25f, .farthest = 26, .growth = 0.012f, .ceiling = 3.2f, .steepness = 4, .bumps = 0});
  for (int column = 0; column < width; column += 4) plant_kelp(column, COLUMN(kelp_column, column));
  DRAW(shade_underwater)
}
