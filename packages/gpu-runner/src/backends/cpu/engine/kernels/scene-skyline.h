// A city across the water: rows of towers with lit windows, their long mirrors in the harbour.
#pragma once
#include "city.h"
#include "overlay.h"
#include "sky.h"

// Knobs: 0 share of lit windows, 1 height of the towers.
static const float skyline_rows[4] = {8, 11, 15, 21};
// The tower of each row that stands at an angle, whatever the level.
typedef struct { f4 u, cell, a, b, e, centre, wide, tall, off; } tower_site;
INL void find_towers(f4 angle, tower_site *towers) {
  for (int i = 0; i < 4; i++) {
    float z = skyline_rows[i] - U_EYE[2], spacing = 0.95f + 0.1f * (float)i;
    f4 x = U_EYE[0] + angle * z;
    f4 u = x * (1.0f / spacing) + U_SEED[0] + 7.3f * (float)i, cell = floor4(u), a = hash4(cell, F((float)i), 3), b = hash4(cell, F((float)i), 4), e = hash4(cell, F((float)i), 5);
    f4 centre = 0.5f + (a - 0.5f) * 0.12f, wide = 0.20f + 0.27f * b;
    f4 middle = exp4(sq((x + 2.0f * (U_SEED[1] * 0.01f - 0.5f)) * 0.16f) * -1.0f);
    f4 tall = (0.5f + (0.9f + 1.2f * e * e * e + 1.0f * middle * a) * U_KNOBS[1] * (1.15f + 0.36f * (float)i));
    towers[i] = (tower_site){u, cell, a, b, e, centre, wide, tall, abs4(u - cell - centre)};
  }
}
NOINL v3 skyline_at(const tower_site *towers, f4 level, float blur, f4 *cover) {
  v3 c = V1(0, 0, 0);
  f4 clear = F(1);
  for (int i = 0; i < 4; i++) {
    float z = skyline_rows[i] - U_EYE[2], spacing = 0.95f + 0.1f * (float)i;
    f4 y = U_EYE[1] + level * z, grain = F(pixel_angle() * z);
    const tower_site *k = &towers[i];
    f4 tall = k->tall, wide = k->wide, off = k->off;
    if (!any((off < wide + grain * (1.0f / spacing)) & (y < tall * 1.22f + grain))) continue; // a spire is slimmer than its tower
    f4 u = k->u, cell = k->cell, a = k->a, b = k->b, e = k->e, centre = k->centre;
    // Setbacks: the upper parts are slimmer, some end in a spire.
    f4 at_height = y / tall, slim = wide * (1.0f - 0.22f * sel(at_height > 0.72f, F(1), F(0)) * sel(b > 0.3f, F(1), F(0)) - 0.25f * sel(at_height > 0.88f, F(1), F(0)) * sel(a > 0.5f, F(1), F(0)));
    f4 body = sat((slim - off) * (spacing / grain[0]) + 0.5f) * sat((tall - y) / grain + 0.5f);
    f4 spire = sat((0.012f - off) * (spacing / grain[0]) + 0.5f) * sat((tall * 1.22f - y) / grain + 0.5f) * sel(e > 0.72f, F(1), F(0));
    f4 solid = fmax4(body, spire * 0.9f);
    if (!any(solid * clear > 0.003f)) continue;
    float haze = 1.0f - expf1(-0.05f * (z - 5.0f));
    f4 storeys = 17.0f + 9.0f * b;
    v3 lights = facade_light((u - cell) * (10.0f + 8.0f * a) * spacing, y * storeys * 0.5f, cell + 13.0f * (float)i, grain * 9.0f + blur, U_KNOBS[0]);
    f4 edge_light = step4(0.03f, 0.0f, abs4(slim - off)) * sel(a > 0.8f, F(0.5f), F(0));
    v3 side = scale3(mix3(scalef3(U3(U_FOG_COLOUR), 0.34f), U3(U_HORIZON), sat((off / wide - 0.2f) * 0.14f)), 0.5f + 0.5f * sat(at_height));
    v3 crown = sel3(b < 0.5f, U3(U_COLOUR_B), U3(U_COLOUR_C));
    f4 crowned = step4(0.90f, 0.97f, at_height) * body * sel(e > 0.55f, F(0.55f), F(0));
    v3 tower = mad3(mad3(add3(side, scalef3(lights, 0.85f)), crown, crowned), U3(U_COLOUR_B), edge_light * 0.5f);
    f4 blink = exp4((sq(u - cell - centre) * (spacing * spacing) + sq(y - tall * sel(e > 0.72f, F(1.22f), F(1.0f)))) * -2600.0f) * (0.5f + 0.5f * sin4(U_TIME * 2.2f + a * 30.0f));
    tower = mad3(tower, V1(1.0f, 0.08f, 0.05f), blink * 1.6f);
    tower = mix3(tower, U3(U_FOG_COLOUR), F(haze) * (0.55f + 0.45f * exp4(y * -1.2f)));
    c = mad3(c, tower, solid * clear);
    clear *= 1.0f - solid;
  }
  *cover = 1.0f - clear;
  return c;
}
INL v3 city_glow(f4 level, v3 sky) {
  f4 glow = exp4(level * -5.5f);
  return mad3(sky, mix3(U3(U_COLOUR_B), V1(1.0f, 0.6f, 0.3f), F(0.7f)), glow * 0.13f);
}
INL v3 skyline_scene(const tower_site *towers, f4 level, v3 sky, float blur) {
  f4 cover;
  v3 c = skyline_at(towers, level, blur, &cover);
  return mad3(c, city_glow(level, sky), 1.0f - cover);
}
INL v3 shade_skyline(const pixel *p) {
  f4 angle = p->x / U_ZOOM + U_HEADING[2], level = (p->y + U_TILT) / U_ZOOM;
  float quay = -U_EYE[1] / 8.0f; // where the nearest row meets the water
  i4 water = level < quay;
  v3 c = V1(0, 0, 0);
  if (!all(water)) {
    v3 d = p->direction, sky = V1(0, 0, 0);
    f4 cover;
    c = skyline_at(COLUMN(tower_site, p->column), level, 0, &cover);
    if (any(cover < 1)) {
      sky = sky_gradient(d);
      if (U_STARS > 0) sky = mad3(sky, V1(0.9f, 0.95f, 1.1f), star_field(d, 0.2f) * U_STARS * 0.6f * sat(d.y * 4.0f - 0.4f));
      sky = sun_disc(d, sky);
      if (U_CLOUD_COVER > 0) sky = sky_clouds(d, sky);
      c = mad3(c, city_glow(level, sky), 1.0f - cover);
    }
  }
  if (any(~water & (level - quay < 0.08f))) { // the quay: a line of lamps
    f4 u = (U_EYE[0] + angle * 8.0f) * 2.6f, off = (u - floor4(u) - 0.5f) / 2.6f, up = (level - quay) * 8.0f - 0.07f;
    c = mad3(c, V1(1.0f, 0.72f, 0.40f), exp4((off * off + up * up) * -900.0f) * 1.3f + exp4(sq(up) * -90.0f) * 0.05f);
    for (int i = 0; i < 2; i++) { // cars on the quay, both ways
      float way = i ? 1.0f : -1.0f;
      f4 place = (U_EYE[0] + angle * 8.0f) * 1.9f + way * U_TIME * 0.42f, slot = floor4(place), pick = hash4(slot, F((float)i), 8);
      f4 side = (place - slot - 0.3f - 0.4f * pick) / 1.9f, high = (level - quay) * 8.0f - 0.050f + 0.012f * way;
      f4 spot = exp4((side * side + high * high) * -2600.0f) * sel(pick < 0.6f, F(1), F(0));
      c = mad3(c, i ? V1(1.0f, 0.12f, 0.06f) : V1(1.0f, 0.95f, 0.85f), spot * 1.6f);
    }
    c = mix3(c, V1(0.010f, 0.012f, 0.018f), step4(0.035f, 0.02f, (level - quay) * 8.0f) * 0.9f);
  }
  if (any(water)) {
    f4 below = fmax4(quay - level, F(0.0008f)), t = U_EYE[1] / fmax4(-level, F(0.01f));
    f4 x = U_EYE[0] + angle * t, z = U_EYE[2] + t, grain = t * pixel_angle() * 3.0f;
    f4 wave = slice_fbm(1, x * 1.6f, z * 3.6f, 4, grain * 3.6f), fine = slice_fbm(2, x * 6.0f + 4.0f, z * 12.0f, 3, grain * 12.0f);
    f4 shift = wave * 0.5f + fine * 0.35f;
    v3 sum = V1(0, 0, 0);
    tower_site towers[4];
    find_towers(angle + shift * 0.016f, towers);
    for (int i = 0; i < 3; i++) { // the mirror is drawn out: three heights stand for many
      f4 up = quay + below * (0.55f + 0.42f * (float)i) + abs4(shift) * below * (0.35f + 0.3f * (float)i) + 0.004f;
      v3 look = norm3(V(p->ray.x, up, p->ray.z));
      sum = add3(sum, skyline_scene(towers, up, sky_gradient(look), 0.5f));
    }
    f4 fresnel = 0.22f + 0.6f * sq(sq(1.0f - sat(-level)));
    f4 u = (U_EYE[0] + angle * 8.0f) * 2.6f, bright = hash4(floor4(u), F(4), 6), off = (u - floor4(u) - 0.5f) / 2.6f + shift * 0.06f;
    v3 w = scale3(sum, fresnel * 0.5f * (0.85f + 1.5f * shift));
    w = mad3(w, V1(1.0f, 0.66f, 0.34f), exp4(sq(off) * -420.0f) * exp4(below * (-5.0f - 9.0f * bright)) * bright * 0.5f * sat(0.6f + fine * 2.0f));
    w = add3(w, scalef3(U3(U_COLOUR_A), 0.6f));
    c = sel3(water, w, c);
  }
  return with_weather(p, c);
}
static void draw_skyline(void) {
  cut_sky();
  cut_slices(1, U_TIME * 0.9f, 4);
  cut_slices(2, U_TIME * 1.6f, 3);
  for (int column = 0; column < width; column += 4) find_towers(units_x(column) / U_ZOOM + U_HEADING[2], COLUMN(tower_site, column));
  DRAW(shade_skyline)
}
