// Inside a wood: trunks behind trunks into the mist, leaves above, ferns below, shafts of light from one side.
#pragma once
#include "overlay.h"
#include "sky.h"

// Knobs: 0 density of trunks, 1 leaves, 2 strength of the shafts, 3 ferns.
#define ROWS 9
static const float forest_rows[ROWS] = {1.25f, 1.75f, 2.5f, 3.5f, 4.9f, 6.8f, 9.3f, 12.6f, 17};
// What a column meets in a row: where it is, the rise of the ground and a fern there; how far aside a trunk stands, its random numbers.
typedef struct { f4 x, rise, bunch, fern, out, aside, a, b; i4 there; } forest_column;
INL float forest_distance(int row) { return fmaxf1(forest_rows[row] - U_EYE[2], 0.3f); }
static void plant_forest(int column, forest_column *rows) {
  f4 sx = units_x(column) / U_ZOOM + U_HEADING[2];
  for (int i = 0; i < ROWS; i++) {
    float z = forest_distance(i), spacing = 1.0f + 0.05f * z, fi = (float)i;
    f4 x = U_EYE[0] + sx * z, bunch = floor4(x * 3.1f), u = x * (1.0f / spacing) + fi * 5.31f + U_SEED[0], cell = floor4(u), a = hash4(cell, F(fi), 31);
    rows[i] = (forest_column){
      .x = x, .rise = fbm2(x * 0.5f + 3.0f * fi, F(fi), 3, F(0.001f)) * 0.28f,
      .bunch = bunch, .fern = 0.10f + 0.26f * hash4(bunch, F(fi), 8), .out = fract4(x * 3.1f) * 2.0f - 1.0f,
      .aside = (u - cell - 0.25f - 0.5f * a) * spacing, .a = a, .b = hash4(cell, F(fi), 32), .there = hash4(cell, F(fi), 33) < U_KNOBS[0]};
  }
}
typedef struct { f4 cover, side; } trunk;
INL trunk trunk_at(const forest_column *k, f4 y, f4 pixel_size) {
  f4 lean = (k->b - 0.5f) * 0.09f, bend = sin4(y * 0.9f + k->a * 30.0f) * 0.02f, w = k->aside - lean * y - bend;
  f4 thick = (0.055f + 0.13f * k->b * k->b) * (1.0f + 0.5f * exp4(y * -2.4f)) * (1.0f - 0.05f * y);
  if (!any(k->there & (abs4(w) < thick * 1.07f + pixel_size))) return (trunk){F(0), F(0)};
  thick *= 1.0f + (noise2(y * 3.0f + k->a * 40.0f, F(1)) - 0.5f) * 0.12f;
  return (trunk){sat((thick - abs4(w)) / pixel_size + 0.5f) * sel(k->there, F(1), F(0)), w / thick};
}
INL f4 bark_at(f4 side, f4 y, f4 a, f4 pixel_size) {
  return fbm2(side * 2.2f + a * 50.0f, y * 1.1f + a * 9.0f, 4, pixel_size * 8.0f) + fbm2(side * 7.0f + a * 20.0f, y * 0.9f, 3, pixel_size * 18.0f) * 0.7f;
}
INL v3 shade_forest(const pixel *p) {
  f4 sx = p->x / U_ZOOM + U_HEADING[2], sy = (p->y + U_TILT) / U_ZOOM; // a picture that turns without bending
  float sun_x = U_KNOBS[4], sun_y = U_KNOBS[5];
  f4 to_x = sx - sun_x, to_y = sy - sun_y, near_sun = exp4((to_x * to_x * 1.3f + to_y * to_y) * -1.5f);
  v3 glow = mad3(U3(U_FOG_COLOUR), U3(U_SUN_COLOUR), near_sun * 0.55f), sum = V1(0, 0, 0);
  f4 clear = F(1);
#define PAINT(colour, share) { f4 s = clear * (share); sum = mad3(sum, (colour), s); clear -= s; }
  for (int i = 0; i < ROWS && any(clear > 0.02f); i++) { // from near to far
    const forest_column *k = COLUMN(forest_column, p->column) + i;
    float z = forest_distance(i);
    f4 x = k->x, y = U_EYE[1] + sy * z, rise = k->rise;
    float pixel_size = z * pixel_angle(), haze = 1.0f - expf1(-(0.035f + 1.6f * U_FOG_DENSITY) * (z - 0.5f)), fi = (float)i;
    // Ground: litter and moss, ferns along the edge.
    if (minf(y - rise) < 0.42f) {
      f4 out = k->out, sway = sin4(U_TIME * 1.6f + k->bunch + fi) * 0.15f * sat(y * 3.0f);
      f4 arm = k->fern * (1.0f - sq(out + sway)) * (0.55f + 0.45f * abs4(fract4(out * 4.5f + y * 9.0f) * 2.0f - 1.0f));
      f4 grass = noise2(x * 21.0f + 7.0f * fi, y * 4.0f) * 0.13f;
      f4 edge = rise + fmax4(arm, grass) * U_KNOBS[3] - y, ground = sat(edge * (1.0f / (pixel_size * 1.2f)) + 0.5f);
      if (any(ground * clear > 0.01f)) {
        f4 texture = fbm2(x * 4.0f, y * 11.0f + 2.0f * fi, 5, F(pixel_size * 8.0f)), top = exp4(fmax4(edge, F(0)) * -5.5f);
        f4 dapple = sat(noise2(x * 1.9f + 9.0f, y * 5.0f + F(U_TIME * 0.08f + fi)) * 3.0f - 1.3f);
        v3 body = mix3(scalef3(U3(U_COLOUR_A), 1.3f), U3(U_COLOUR_C), sat(0.55f + texture * 1.1f));
        body = mix3(body, U3(U_COLOUR_D), top * sat(0.55f + texture));
        v3 light = mad3(scalef3(U3(U_AMBIENT), 0.35f), U3(U_SUN_COLOUR), (0.05f + dapple * 0.32f + top * 0.25f) * (0.30f + near_sun));
        PAINT(mix3(mul3(body, light), glow, F(haze * 0.9f)), ground)
      }
    }
    // Leaves hang from above; the wind moves them.
    if (i > 0 && maxf(y) > 1.2f) {
      f4 sway = sin4(U_TIME * 1.3f + x * 1.1f + fi) * (0.055f + 0.06f * U_WIND);
      f4 leaf = fbm2(x * 1.2f + sway + U_SEED[2] + 4.4f * fi, y * 1.2f + sway * 0.7f, 4, F(pixel_size));
      f4 hang = leaf + (y - 1.75f - 0.13f * z) * 0.36f, fleck = F(0);
      if (any(hang > -0.30f)) fleck = fbm2(x * 11.0f + sway * 8.0f, y * 11.0f, 4, F(pixel_size * 9.0f)); // at most 0.94
      hang += fleck * 0.35f;
      f4 leafy = step4(0.03f, 0.09f, hang) * U_KNOBS[1];
      if (any(leafy * clear > 0.01f)) {
        f4 through = sat(0.15f + near_sun * 1.2f + fleck * 1.1f) * sat(1.2f - hang * 0.9f);
        v3 body = mix3(scalef3(U3(U_COLOUR_C), 0.55f), U3(U_COLOUR_D), through);
        v3 light = mad3(scalef3(U3(U_AMBIENT), 0.45f), U3(U_SUN_COLOUR), through * 0.5f * (0.25f + near_sun));
        PAINT(mix3(mul3(body, light), glow, F(haze * 0.85f)), leafy)
      }
    }
    if (i < 2) continue;
    trunk stem = trunk_at(k, y, F(pixel_size));
    if (any(stem.cover * clear > 0.01f)) {
      f4 grain = bark_at(stem.side, y, k->a, F(pixel_size));
      f4 lit = sat(0.2f + stem.side * (sun_x > sx[0] ? 0.8f : -0.8f)) * (0.4f + 0.8f * near_sun);
      f4 rim = sat(abs4(stem.side) * 3.0f - 2.0f) * near_sun;
      v3 bark = scale3(mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), sat(0.45f + grain * 0.9f)), 0.5f + 0.7f * sat(0.6f + grain));
      bark = mix3(bark, U3(U_COLOUR_C), sat(0.9f - y * 0.55f + grain * 0.6f) * 0.6f);
      v3 light = mad3(scalef3(U3(U_AMBIENT), 0.5f), U3(U_SUN_COLOUR), lit * 0.42f + rim * 0.6f);
      PAINT(mix3(mul3(bark, light), glow, F(haze)), stem.cover)
    }
  }
#undef PAINT
  // Far leaves against the light.
  f4 far_leaf = F(0);
  if (any(clear > 0.02f)) far_leaf = fbm2(sx * 9.0f + U_SEED[1], sy * 9.0f, 6, F(pixel_angle() * 9.0f));
  v3 c = mad3(sum, scale3(glow, 0.85f + far_leaf * 0.5f), clear);
  // Shafts: streaks on lines through the sun, which stands above the picture.
  f4 down = fmax4(-to_y, F(0.05f)), slope = to_x / (down + 0.25f);
  f4 shaft = noise2(slope * 6.0f + U_SEED[1], F(U_TIME * 0.16f)) * 0.6f + noise2(slope * 15.0f, F(U_TIME * 0.26f + 4.0f)) * 0.4f;
  shaft = step4(0.45f, 0.85f, shaft) * exp4((to_x * to_x * 1.6f + to_y * to_y * 0.8f) * -1.0f) * sat(down * 2.0f);
  c = mad3(c, U3(U_SUN_COLOUR), shaft * U_KNOBS[2] * 0.22f);
  c = mad3(c, U3(U_SUN_COLOUR), motes(p, 2.4f, 0.02f, 0.0034f, 0.6f) * (0.08f + near_sun * 0.35f));
  return with_weather(p, c);
}
static void draw_forest(void) {
  for (int column = 0; column < width; column += 4) plant_forest(column, COLUMN(forest_column, column));
  DRAW(shade_forest)
}
