// The sea of clouds from above, and the open sky from below.
#pragma once
#include "overlay.h"
#include "volume.h"

// Less of what is behind a cloud than this cannot be seen.
#define HIDDEN 0.002f
INL v3 shade_clouds(const pixel *p) {
  v3 d = p->direction;
  f4 clear = half_clear(p);
  v3 c = V1(0, 0, 0);
  if (any(clear > HIDDEN)) {
    c = sun_disc(d, sky_gradient(d));
    if (U_STARS > 0) c = mad3(c, V1(0.9f, 0.95f, 1.1f), star_field(d, 0.35f) * U_STARS * sat(d.y * 6.0f));
    f4 down = sat(d.y * -7.0f);
    v3 haze = mix3(U3(U_FOG_COLOUR), U3(U_CLOUD_SHADE), F(0.35f));
    c = mix3(c, haze, down);
    if (any(d.y > 0)) { // thin streaks of ice far above
      f4 reach = 1.0f / (fmax4(d.y, F(0.02f)) + 0.08f);
      f4 streak = fbm2(d.x * reach * 0.7f + U_SEED[2], d.z * reach * 2.2f + U_TIME * 0.01f, 5, reach * reach * pixel_angle() * 2.0f);
      c = mix3(c, U3(U_CLOUD_LIT), step4(0.0f, 0.55f, streak) * sat(d.y * 9.0f) * 0.45f);
    }
    c = scale3(c, 1.0f + 0.05f * slice_fbm(1, d.x * 9.0f / (abs4(d.y) + 0.4f), d.y * 14.0f, 4, F(pixel_angle() * 20.0f)));
  }
  f4 wisps = F(0);
  if (any((clear < 1) & (d.y < 0))) {
    f4 t = (U_EYE[1] - 0.1f) / fmax4(-d.y, F(0.03f)), grain = t * t * pixel_angle();
    wisps = slice_fbm(2, (U_EYE[0] + d.x * t) * 2.6f, (U_EYE[2] + d.z * t) * 2.6f, 6, grain * 2.6f) * sat(d.y * -30.0f);
  }
  return with_weather(p, over_half(p, c, clear, wisps * 1.6f * U_DETAIL));
}
// The bodies are marched alike however fine they are asked for: where less detail is, they are softened again.
static void soften_clouds(void) {
  smooth_half();
  for (float detail = 0.9f; U_DETAIL < detail; detail -= 0.3f) smooth_half();
}
static void draw_clouds(void) {
  cloud_layer l = {.low = -1.0f, .high = 0.62f, .near = 0.1f, .far = 60, .cover = -0.10f + 0.2f * U_KNOBS[0], .size = 0.7f, .drift = 0.03f};
  cut_slices(1, U_TIME * 0.15f, 4);
  cut_slices(2, U_TIME * 0.6f, 6);
  march_clouds(&l, 30);
  soften_clouds();
  DRAW(shade_clouds)
}
INL v3 open_sky(const pixel *p) {
  v3 d = p->direction, c = V1(0, 0, 0);
  f4 clear = half_clear(p), reach = 1.0f / (fmax4(d.y, F(0.02f)) + 0.08f), wisps = F(0);
  if (any(clear > HIDDEN)) {
    c = sun_disc(d, sky_gradient(d));
    if (U_STARS > 0) c = mad3(c, V1(0.9f, 0.95f, 1.1f), star_field(d, 0.35f) * U_STARS * sat(d.y * 6.0f));
    f4 streak = fbm2(d.x * reach * 0.5f + U_SEED[2], d.z * reach * 1.6f + U_TIME * 0.006f, 5, reach * reach * pixel_angle() * 2.0f);
    c = mix3(c, U3(U_CLOUD_LIT), step4(0.05f, 0.6f, streak) * sat(d.y * 6.0f) * 0.5f * sat(U_CLOUD_COVER * 2.0f));
    c = scale3(c, 1.0f + 0.05f * slice_fbm(1, d.x * 11.0f, d.y * 16.0f, 4, F(pixel_angle() * 18.0f)));
  }
  if (any(clear < 1)) wisps = slice_fbm(2, d.x * reach * 3.0f + U_EYE[0], d.z * reach * 3.0f + U_EYE[2], 6, reach * reach * pixel_angle() * 3.0f) * 1.6f * U_DETAIL;
  return over_half(p, c, clear, wisps);
}
typedef struct { f4 far, near; } ridge_column; // heights of two lines of hills that close the picture below
static ridge_column ridges_at(int column) {
  f4 angle = units_x(column) / U_ZOOM + U_HEADING[2];
  return (ridge_column){
    U_KNOBS[1] + fbm2(angle * 2.4f + U_SEED[0] + U_EYE[0] * 0.05f, F(3.1f), 6, F(pixel_angle() * 2.4f)) * 0.06f,
    U_KNOBS[1] - 0.05f + fbm2(angle * 3.4f + U_SEED[1] + U_EYE[0] * 0.12f, F(7.1f), 7, F(pixel_angle() * 3.4f)) * 0.07f};
}
INL v3 shade_open_sky(const pixel *p) {
  const ridge_column *ridges = COLUMN(ridge_column, p->column);
  float soft = 0.004f / U_DETAIL; // as fine as the lines themselves are asked for
  f4 line = step4(soft, -soft, p->ray.y - ridges->far), near_line = step4(soft, -soft, p->ray.y - ridges->near);
  v3 c = V1(0, 0, 0);
  if (!all(fmax4(line, near_line) >= 1)) c = open_sky(p);
  c = mix3(c, mix3(U3(U_FOG_COLOUR), mul3(U3(U_COLOUR_A), U3(U_AMBIENT)), F(0.45f)), line);
  c = mix3(c, mix3(scalef3(U3(U_FOG_COLOUR), 0.5f), mul3(U3(U_COLOUR_A), U3(U_AMBIENT)), F(0.8f)), near_line);
  return with_weather(p, c);
}
static void draw_open_sky(void) {
  cloud_layer l = {.low = 1.2f, .high = 2.5f, .near = 0.2f, .far = 26, .cover = -0.28f + 0.55f * U_CLOUD_COVER, .size = 0.55f, .drift = 0.02f + 0.04f * U_WIND};
  cut_slices(1, U_TIME * 0.12f, 4);
  cut_slices(2, U_TIME * 0.45f + U_SEED[2], 6);
  if (U_CLOUD_COVER > 0) {
    march_clouds(&l, 24);
    soften_clouds();
  } else
    for (int i = 0; i < half_stride * half_height; i++) half_plane[0][i] = half_plane[1][i] = half_plane[2][i] = 0, half_plane[3][i] = 1;
  for (int column = 0; column < width; column += 4) *COLUMN(ridge_column, column) = ridges_at(column);
  DRAW(shade_open_sky)
}
