// What hangs between the camera and a scene: rain, snowflakes, motes, shafts of light.
#pragma once
#include "frame.h"

// Streaks that fall in three depths. `light`: what they catch.
INL v3 with_rain(const pixel *p, v3 c, v3 light) {
  if (U_RAIN <= 0) return c;
  f4 sum = F(0);
  float drift = 0.10f + 0.22f * U_WIND;
  for (int layer = 0; layer < 3; layer++) {
    float cells = 9.0f + 9.0f * (float)layer, fall = 2.6f - 0.4f * (float)layer;
    f4 x = (p->x * (1 + 0.15f * (float)layer) + p->y * drift + U_HEADING[2] * U_ZOOM + U_SEED[0]) * cells;
    f4 column = floor4(x);
    f4 offset = hash4(column, F((float)layer), 5);
    f4 y = (p->y + U_TILT + U_TIME * fall) * (0.55f + 0.2f * (float)layer) + offset * 17.0f;
    f4 drop = floor4(y);
    f4 pick = hash4(column, drop, 51 + layer);
    i4 falls = pick < 0.55f * U_RAIN + 0.1f;
    if (!any(falls)) continue;
    f4 place = hash4(column, drop, 61 + layer);
    f4 fx = x - column, fy = y - drop;
    f4 wide = 0.030f + cells * unit_inverse;
    f4 line = sat(1.0f - abs4(fx - 0.15f - 0.7f * place) / wide);
    f4 run = step4(0.05f, 0.28f, fy) * step4(0.62f, 0.30f, fy);
    sum += line * run * sel(falls, F(1), F(0)) * (0.085f - 0.02f * (float)layer);
  }
  return mad3(c, light, sum);
}
// Flakes in five depths: the near ones large, soft and few.
INL v3 with_snow(const pixel *p, v3 c, v3 light) {
  if (U_SNOW <= 0) return c;
  static cell kept[5] = {NO_CELL, NO_CELL, NO_CELL, NO_CELL, NO_CELL};
  f4 sum = F(0);
  for (int layer = 0; layer < 5; layer++) {
    float depth = 0.5f + 0.62f * (float)layer, cells = 1.5f * depth + 0.8f, pace = 0.42f / depth;
    f4 sway = sin4(U_TIME * 0.9f + p->y * cells * 0.7f + (float)layer * 2.1f) * (0.03f / depth);
    f4 x = (p->x + U_HEADING[2] * U_ZOOM + U_TIME * pace * (U_WIND - 0.15f) * 0.5f + U_EYE[0] * 0.1f / depth + sway) * cells + U_SEED[0] + (float)layer * 7.7f;
    f4 y = (p->y + U_TILT + U_TIME * pace) * cells + U_SEED[1];
    f4 column = floor4(x), row = floor4(y);
    cell own = enter_cell(&kept[layer], column, row, 71 + layer, 81 + layer, 91 + layer);
    f4 pick = own.a, px = 0.25f + 0.5f * own.b, py = 0.25f + 0.5f * own.c;
    i4 falls = pick < 0.12f + 0.42f * U_SNOW;
    if (!any(falls)) continue;
    f4 size = (0.020f + 0.035f * pick) * (layer == 0 ? 1.6f : 1.0f) + cells * unit_inverse * 0.6f;
    f4 r2 = (sq(x - column - px) + sq(y - row - py)) / sq(size);
    f4 soft = layer == 0 ? 0.40f : 0.85f;
    sum += sq(sat(1.0f - r2 * 0.5f)) * soft * sel(falls, F(1), F(0));
  }
  return mix3(c, light, sat(sum * (0.55f + 0.4f * U_SNOW)));
}
// Slow points of light: dust, pollen, plankton. `rise`: upward speed.
INL f4 motes_of(const pixel *p, cell *kept, float cells_near, float rise, float size_of, float density) {
  f4 sum = F(0);
  for (int layer = 0; layer < 3; layer++) {
    float cells = cells_near * (1.0f + 0.6f * (float)layer), near = 1.0f / (1.0f + 0.6f * (float)layer);
    f4 wander = sin4(U_TIME * 0.7f + p->y * 3.0f + (float)layer) * 0.02f;
    f4 x = (p->x + U_HEADING[2] * U_ZOOM + U_EYE[0] * 0.2f * near + wander) * cells + U_SEED[0] + 3.3f * (float)layer;
    f4 y = (p->y + U_TILT - U_TIME * rise * near) * cells + U_SEED[1];
    f4 column = floor4(x), row = floor4(y);
    cell own = enter_cell(&kept[layer], column, row, 101 + layer, 111 + layer, 121 + layer);
    f4 pick = own.a, px = 0.2f + 0.6f * own.b, py = 0.2f + 0.6f * own.c;
    i4 shown = pick < density;
    if (!any(shown)) continue;
    f4 size = size_of * cells * near * (0.5f + pick) + cells * unit_inverse * 0.5f;
    f4 r2 = (sq(x - column - px) + sq(y - row - py)) / sq(size);
    f4 spot = sat(1.0f - r2 * 0.4f);
    if (!any(spot > 0)) continue;
    f4 pulse = 0.6f + 0.4f * sin4(U_TIME * (0.8f + pick) + pick * 60.0f);
    sum += sq(spot) * pulse * sel(shown, F(1), F(0));
  }
  return sum;
}
INL f4 motes(const pixel *p, float cells_near, float rise, float size_of, float density) {
  static cell kept[3] = {NO_CELL, NO_CELL, NO_CELL};
  return motes_of(p, kept, cells_near, rise, size_of, density);
}
INL v3 with_weather(const pixel *p, v3 c) {
  c = with_rain(p, c, scalef3(U3(U_HORIZON), 2.2f));
  return with_snow(p, c, add3(scalef3(U3(U_CLOUD_LIT), 0.75f), scalef3(U3(U_AMBIENT), 0.3f)));
}
