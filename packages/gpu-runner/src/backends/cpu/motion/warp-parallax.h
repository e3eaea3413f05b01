/*
 * Program "parallax": a camera over a picture with depth, and the life in it.
 * Layer 0: the picture with a margin round the canvas; layer 1: depth over the whole of layer 0, f32, 0 far to 1 near.
 * Out to source: s = c - (depth(s) - pivot) * (shift + dolly * (s - centre)), c = centre + M * (out - middle of the canvas).
 * Geometry and light are slow functions of place: they are solved on a grid of CELL pixels and interpolated.
 */
enum {
  PAR_NOISE_SEED, PAR_GRAIN, PAR_CENTRE_X, PAR_CENTRE_Y, PAR_XX, PAR_XY, PAR_YX, PAR_YY,
  PAR_SHIFT_X, PAR_SHIFT_Y, PAR_DOLLY, PAR_PIVOT,
  PAR_TIME, PAR_LIFE_SEED, PAR_LIGHT, PAR_SWAY,
  PAR_FOG, PAR_FOG_R, PAR_FOG_G, PAR_FOG_B, PAR_WIND,
  PAR_RAIN, PAR_SNOW, PAR_SPARKS,
};

#define CELL 4
#define MAX_COLUMNS (8192 / CELL + 3)

typedef struct { float x, y, light, fog; } Node;
static Node grid_rows[2][MAX_COLUMNS];

static float depth_at(const Layer *d, float x, float y) {
  x = clampf(x, 0, (float)(d->width - 1) - 0.001f);
  y = clampf(y, 0, (float)(d->height - 1) - 0.001f);
  int ix = (int)x, iy = (int)y;
  float fx = x - (float)ix, fy = y - (float)iy;
  const float *p = (const float *)d->data + iy * d->width + ix;
  float top = p[0] + (p[1] - p[0]) * fx, low = p[d->width] + (p[d->width + 1] - p[d->width]) * fx;
  return top + (low - top) * fy;
}

static inline float lattice(int x, int y, int z, uint32_t seed) {
  return (float)(hash3((uint32_t)x + seed, (uint32_t)y, (uint32_t)z) >> 8) * (2.0f / 16777215.0f) - 1;
}

/* Smooth noise in -1..1 over space and time. */
static float noise3(float x, float y, float z, uint32_t seed) {
  int ix = ifloor(x), iy = ifloor(y), iz = ifloor(z);
  float fx = x - (float)ix, fy = y - (float)iy, fz = z - (float)iz;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  fz = fz * fz * (3 - 2 * fz);
  float v[2];
  for (int k = 0; k < 2; k++) {
    float a = lattice(ix, iy, iz + k, seed), b = lattice(ix + 1, iy, iz + k, seed);
    float c = lattice(ix, iy + 1, iz + k, seed), d = lattice(ix + 1, iy + 1, iz + k, seed);
    float top = a + (b - a) * fx, low = c + (d - c) * fx;
    v[k] = top + (low - top) * fy;
  }
  return v[0] + (v[1] - v[0]) * fz;
}

static Node solve_node(const Frame *f, float x, float y) {
  const float *p = f->params;
  const Layer *src = f->layers, *depth = f->layers + 1;
  float scale_x = (float)depth->width / (float)src->width, scale_y = (float)depth->height / (float)src->height;
  float unit = (float)(f->width < f->height ? f->width : f->height);
  uint32_t seed = (uint32_t)p[PAR_LIFE_SEED];
  float time = p[PAR_TIME];
  float ox = x - 0.5f * (float)(f->width - 1), oy = y - 0.5f * (float)(f->height - 1);
  float cx = p[PAR_CENTRE_X] + p[PAR_XX] * ox + p[PAR_XY] * oy;
  float cy = p[PAR_CENTRE_Y] + p[PAR_YX] * ox + p[PAR_YY] * oy;
  float sx = cx, sy = cy, d = 0;
  for (int i = 0; i < 8; i++) {
    d = depth_at(depth, (sx + 0.5f) * scale_x - 0.5f, (sy + 0.5f) * scale_y - 0.5f);
    float near = d - p[PAR_PIVOT];
    sx = cx - near * (p[PAR_SHIFT_X] + p[PAR_DOLLY] * (sx - p[PAR_CENTRE_X]));
    sy = cy - near * (p[PAR_SHIFT_Y] + p[PAR_DOLLY] * (sy - p[PAR_CENTRE_Y]));
  }
  Node n;
  float u = cx / unit, v = cy / unit;
  if (p[PAR_SWAY] > 0) {
    float near = smooth(0.35f, 0.8f, d) * p[PAR_SWAY] * unit;
    float gust = 0.6f + 0.4f * noise3(u * 1.5f - time * 0.8f, 3, time * 0.4f, seed);
    sx += near * gust * noise3(u * 5 - time * 0.9f, v * 5, time * 1.1f, seed + 11);
    sy += near * 0.35f * gust * noise3(u * 5 - time * 0.9f, v * 5, time * 1.1f, seed + 23);
  }
  n.x = sx;
  n.y = sy;
  n.light = 1 + p[PAR_LIGHT] * (0.6f * noise3(u * 2.2f + time * 0.15f, v * 2.2f, time * 0.9f, seed + 37) +
                                0.4f * noise3(0, 0, time * 1.3f, seed + 41));
  n.fog = 0;
  if (p[PAR_FOG] > 0) {
    float drift = time * (0.1f + 0.25f * p[PAR_WIND]);
    float wisps = 0.55f + 0.3f * noise3(u * 1.7f - drift, v * 3.4f, time * 0.12f, seed + 53) +
                  0.15f * noise3(u * 4.1f - drift * 1.6f, v * 8, time * 0.2f, seed + 59);
    n.fog = clampf(p[PAR_FOG] * wisps * (1.15f - d), 0, 0.92f);
  }
  return n;
}

#include "warp-weather.h"

EXPORT("parallax") void parallax(const Frame *f) {
  const float *p = f->params;
  const Layer *src = f->layers;
  uint32_t noise_seed = (uint32_t)p[PAR_NOISE_SEED];
  v128_t fog = wasm_f32x4_make(p[PAR_FOG_R], p[PAR_FOG_G], p[PAR_FOG_B], 255);
  int grain_x = grain_offset(noise_seed);
  make_tile();
  int columns = (f->width + CELL - 1) / CELL + 1;
  for (int i = 0; i < columns; i++) grid_rows[0][i] = solve_node(f, (float)(i * CELL), 0);
  for (int y = 0; y < f->height; y++) {
    int row = y / CELL, part = y % CELL;
    const Node *above = grid_rows[row & 1], *below = grid_rows[(row + 1) & 1];
    if (part == 0)
      for (int i = 0; i < columns; i++) grid_rows[(row + 1) & 1][i] = solve_node(f, (float)(i * CELL), (float)((row + 1) * CELL));
    float fy = (float)part * (1.0f / CELL);
    uint8_t *out = f->out + y * f->width * 4;
    const float *grains = grain_row(y, noise_seed);
    for (int x = 0; x < f->width; x++, out += 4) {
      int i = x / CELL;
      float fx = (float)(x % CELL) * (1.0f / CELL);
      v128_t a = wasm_v128_load(above + i), b = wasm_v128_load(above + i + 1);
      v128_t c = wasm_v128_load(below + i), d = wasm_v128_load(below + i + 1);
      v128_t top = mix4(a, b, fx), low = mix4(c, d, fx), node = mix4(top, low, fy);
      v128_t colour = sample(src, wasm_f32x4_extract_lane(node, 0), wasm_f32x4_extract_lane(node, 1));
      colour = wasm_f32x4_mul(colour, splat(wasm_f32x4_extract_lane(node, 2)));
      colour = mix4(colour, fog, wasm_f32x4_extract_lane(node, 3));
      put(out, wasm_f32x4_add(colour, splat(p[PAR_GRAIN] * grains[(x + grain_x) & (TILE - 1)])));
    }
  }
  if (p[PAR_RAIN] > 0) draw_rain(f);
  if (p[PAR_SNOW] > 0) draw_snow(f);
  if (p[PAR_SPARKS] > 0) draw_sparks(f);
}
