// Deep space: layers of nebula, dust before them, stars, and a planet with its air lit from one side.
#pragma once
#include "frame.h"
#include "sky.h"
#include "volume.h"

// Knobs: 0, 1 place of the planet, 2 its radius (0: none), 3 bands, 4 ring, 5 brightness of the nebula.
INL f4 space_stars(f4 x, f4 y) {
  static cell kept[3] = {NO_CELL, NO_CELL, NO_CELL};
  f4 light = F(0);
  for (int layer = 0; layer < 3; layer++) {
    float cells = 7.0f + 9.0f * (float)layer, far = 1.0f - 0.22f * (float)layer;
    f4 u = (x + U_EYE[0] * 0.05f * far) * cells + 17.0f * (float)layer + U_SEED[0], v = (y + U_EYE[1] * 0.05f * far) * cells + U_SEED[1];
    f4 cu = floor4(u), cv = floor4(v);
    cell own = enter_cell(&kept[layer], cu, cv, 11 + layer, 21 + layer, 31 + layer);
    f4 pick = own.a, px = 0.15f + 0.7f * own.b, py = 0.15f + 0.7f * own.c;
    f4 r2 = (sq(u - cu - px) + sq(v - cv - py)) * (1.0f / (cells * cells));
    float size = unit_inverse / U_ZOOM * 0.75f;
    if (!any(r2 < 160.0f * size * size)) continue; // farther off, even the halo adds less than eight bits can hold
    f4 bright = sq(sq(pick)) * pick, twinkle = 0.6f + 0.4f * sin4(U_TIME * (1.6f + 4.0f * px) + pick * 900.0f);
    light += (exp4(r2 * (-1.0f / (size * size))) + exp4(r2 * (-0.05f / (size * size))) * 0.05f * bright) * bright * twinkle * (2.6f - 0.6f * (float)layer);
  }
  return light;
}
// The nebula is soft, so its four noises are drawn at half size: two that bend, the gas, the dust.
static void nebula_half(void) {
  f4 grain = F(pixel_angle());
  for (int row = 0; row < half_height; row++)
    for (int column = 0; column < half_width; column += 4) {
      f4 across = half_x(column), x = across / U_ZOOM + U_HEADING[2], y = (half_y(row, across) + U_TILT) / U_ZOOM;
      f4 qx = x * 0.9f + U_SEED[0] + U_EYE[0] * 0.03f, qy = y * 0.9f + U_SEED[1] + U_EYE[1] * 0.03f;
      f4 wx = slice_fbm(1, qx, qy, 4, grain), wy = slice_fbm(1, qx + 5.2f, qy + 1.3f, 4, grain);
      int at = row * half_stride + column;
      *(f4 *)(half_plane[0] + at) = wx, *(f4 *)(half_plane[1] + at) = wy;
      *(f4 *)(half_plane[2] + at) = slice_fbm(1, qx * 1.3f + wx * 1.3f, qy * 1.3f + wy * 1.3f, 6, grain * 1.6f);
      *(f4 *)(half_plane[3] + at) = fbm2(qx * 2.1f + wy * 1.6f + 9.0f, qy * 2.1f - wx * 1.2f, 6, grain * 2.4f);
    }
}
INL v3 shade_space(const pixel *p) {
  f4 x = p->x / U_ZOOM + U_HEADING[2], y = (p->y + U_TILT) / U_ZOOM;
  f4 grain = F(pixel_angle());
  f4 wx = half_at(0, p->column, p->row), wy = half_at(1, p->column, p->row), cloud = half_at(2, p->column, p->row), dust = half_at(3, p->column, p->row);
  f4 band = exp4(sq(y * 0.8f + x * 0.35f + wx * 0.35f) * -2.2f);
  f4 dense = sat(cloud * 1.3f + 0.32f) * (0.25f + 0.85f * band);
  v3 c = V1(0.004f, 0.005f, 0.010f);
  c = mad3(c, U3(U_COLOUR_A), dense * dense * U_KNOBS[5] * 0.9f);
  c = mad3(c, U3(U_COLOUR_B), sq(sat(wx * 1.6f + 0.35f)) * dense * U_KNOBS[5] * 0.8f);
  c = mad3(c, U3(U_COLOUR_C), sq(sq(sat(cloud * 1.7f + wy * 0.8f + 0.3f))) * band * U_KNOBS[5] * 1.2f);
  c = scale3(c, 1.0f - 0.82f * step4(0.05f, 0.42f, dust) * sat(0.3f + band));
  f4 stars = space_stars(x, y) * (1.0f - 0.6f * sat(dust * 2.0f)) * (0.6f + 0.8f * band);
  c = mad3(c, mix3(V1(1.0f, 0.85f, 0.7f), V1(0.75f, 0.87f, 1.15f), sat(0.5f + wx * 2.0f)), stars * U_STARS);
  if (U_KNOBS[2] <= 0) return c;

  float radius = U_KNOBS[2], near = 1.0f / (1.0f - 0.05f * U_EYE[2]);
  f4 px = (x - U_KNOBS[0] + U_EYE[0] * 0.12f) * (1.0f / (radius * near)), py = (y - U_KNOBS[1] + U_EYE[1] * 0.12f) * (1.0f / (radius * near));
  f4 r2 = px * px + py * py, edge = grain / radius;
  v3 sun = norm3(V1(U_SUN_DIRECTION[0] * 1.6f, 0.35f, -0.25f));
  f4 tipped = py * 0.94f + px * 0.34f, across = px * 0.94f - py * 0.34f;
  f4 ring_r = sqrt4(sq(across) + sq(tipped * 4.2f)), ring = step4(1.32f, 1.36f, ring_r) * step4(2.15f, 2.02f, ring_r) * U_KNOBS[4];
  ring *= 0.35f + 0.65f * noise2(ring_r * 26.0f, F(0.5f)) * (0.5f + 0.5f * noise2(ring_r * 7.0f, F(3.5f)));
  i4 disc = r2 < 1.0f + 0.4f;
  if (any(disc)) {
    f4 pz = -sqrt4(fmax4(1.0f - r2, F(0)));
    v3 n = V(px, py, pz);
    f4 day = dot3(n, sun), lit = step4(-0.12f, 0.45f, day);
    f4 lat = tipped, turn = U_TIME * 0.05f, lon = across / fmax4(-pz, F(0.25f)) + turn;
    f4 storms = fbm2(lon * 2.4f + U_SEED[2], lat * 5.0f, 5, grain * 4.0f / radius);
    f4 stripes = fbm2(lat * 7.0f + storms * 0.9f, F(2.0f), 4, grain * 7.0f / radius) * U_KNOBS[3] + storms * (1.4f - U_KNOBS[3]);
    v3 body = mix3(scalef3(U3(U_COLOUR_D), 0.35f), U3(U_COLOUR_D), sat(0.5f + stripes * 1.1f));
    body = mix3(body, V1(0.85f, 0.85f, 0.85f), sat(storms * 2.2f - 0.55f) * 0.5f);
    f4 air = pow5(1.0f - sat(-pz)) * 1.2f;
    v3 surface = mad3(scale3(body, lit * 1.25f + 0.006f), U3(U_HORIZON), air * lit * 0.9f);
    f4 halo = exp4((sqrt4(r2) - 1.0f) * -22.0f) * sel(r2 > 1, F(1), F(0)) * step4(-0.35f, 0.6f, px * sun.x + py * sun.y);
    c = mad3(c, U3(U_HORIZON), halo * 0.55f);
    c = mix3(c, surface, sat((1.0f - sqrt4(r2)) / edge + 0.5f));
  }
  // The ring passes before the planet below its middle, behind it above.
  f4 hidden = sel((r2 < 1) & (tipped > 0), F(0), F(1)), shadow = sel((px * sun.x + py * sun.y < 0) & (r2 < 1.9f), F(0.25f), F(1));
  return mix3(c, scale3(mix3(U3(U_COLOUR_D), V1(0.8f, 0.75f, 0.7f), F(0.6f)), shadow * 0.8f), ring * hidden * 0.8f);
}
static void draw_space(void) {
  cut_slices(1, U_TIME * 0.10f + U_SEED[2], 6);
  nebula_half();
  DRAW(shade_space)
}
