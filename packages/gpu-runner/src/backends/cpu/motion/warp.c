/*
 * Warp kernels of the CPU reference renderer: one exported function a program, each draws one RGBA frame.
 * Freestanding C for wasm32 + SIMD128, no libc. Rebuild with scripts/build-motion-kernels.sh.
 *
 * Equal bytes everywhere: only + - * / and sqrt on f32 (correctly rounded in wasm), no fused multiply-add, own hash.
 * A colour is one f32x4 (r, g, b, a) in 0..255. Coordinates are pixel centres at integers, y down.
 */
#include <stdint.h>
#include <wasm_simd128.h>

typedef struct {
  int32_t width, height;
  uint8_t *data;
} Layer;

typedef struct {
  int32_t width, height; /* canvas */
  uint8_t *out; /* RGBA, drawn by the program */
  uint8_t *yuv; /* what it becomes */
  const Layer *layers;
  const float *params;
} Frame;

#define EXPORT(name) __attribute__((export_name(name)))

static inline float clampf(float v, float lo, float hi) { return v < lo ? lo : v > hi ? hi : v; }
static inline float absf(float v) { return v < 0 ? -v : v; }
static inline float smooth(float lo, float hi, float v) {
  float t = clampf((v - lo) / (hi - lo), 0, 1);
  return t * t * (3 - 2 * t);
}
static inline v128_t splat(float v) { return wasm_f32x4_splat(v); }
static inline v128_t madd(v128_t a, v128_t b, v128_t c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
static inline v128_t mix4(v128_t a, v128_t b, float t) { return madd(wasm_f32x4_sub(b, a), splat(t), a); }

static inline int ifloor(float v) {
  int i = (int)v;
  return v < (float)i ? i - 1 : i;
}

static inline v128_t texel(const uint8_t *p) {
  v128_t raw = wasm_v128_load32_zero(p);
  return wasm_f32x4_convert_i32x4(wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(raw)));
}

/* The four weights of Catmull-Rom: exact at whole pixels, so an unmoved picture stays itself. */
static inline v128_t cubic_weights(float t) {
  v128_t w = wasm_f32x4_const(-0.5f, 1.5f, -1.5f, 0.5f), x = splat(t);
  w = madd(w, x, wasm_f32x4_const(1, -2.5f, 2, -0.5f));
  w = madd(w, x, wasm_f32x4_const(-0.5f, 0, 0.5f, 0));
  return madd(w, x, wasm_f32x4_const(0, 1, 0, 0));
}

static inline int mirror(int i, int n) {
  if (i < 0) i = -i;
  if (i >= n) i = 2 * n - 2 - i;
  return i < 0 ? 0 : i >= n ? n - 1 : i;
}

#define LANE(v, k) wasm_i32x4_shuffle(v, v, k, k, k, k)

/* The sixteen texels are all there: four rows of four, two texels a multiplication, weights across in 1/16384. */
static inline v128_t sample_inside(const Layer *s, int ix, int iy, v128_t wx, v128_t wy) {
  v128_t whole = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(wasm_f32x4_mul(wx, splat(16384))));
  v128_t narrow = wasm_i16x8_narrow_i32x4(whole, whole);
  v128_t left = LANE(narrow, 0), right = LANE(narrow, 1);
  wy = wasm_f32x4_mul(wy, splat(1.0f / 16384.0f));
  v128_t down[4] = {LANE(wy, 0), LANE(wy, 1), LANE(wy, 2), LANE(wy, 3)};
  const uint8_t *row = s->data + ((iy - 1) * s->width + ix - 1) * 4;
  v128_t sum = splat(0);
  for (int j = 0; j < 4; j++, row += s->width * 4) {
    v128_t raw = wasm_v128_load(row);
    /* r0 r1 g0 g1 b0 b1 a0 a1, r2 r3 ... */
    v128_t pairs = wasm_i8x16_shuffle(raw, raw, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    v128_t line = wasm_i32x4_add(wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(pairs), left),
                                 wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(pairs), right));
    sum = madd(wasm_f32x4_convert_i32x4(line), down[j], sum);
  }
  return sum;
}

/* Bicubic fetch; outside of the picture it continues as its mirror image. */
static v128_t sample(const Layer *s, float x, float y) {
  x = clampf(x, (float)(-s->width + 2), (float)(2 * s->width - 3));
  y = clampf(y, (float)(-s->height + 2), (float)(2 * s->height - 3));
  int ix = ifloor(x), iy = ifloor(y);
  v128_t wx = cubic_weights(x - (float)ix), wy = cubic_weights(y - (float)iy);
  if (ix >= 1 && iy >= 1 && ix < s->width - 2 && iy < s->height - 2) return sample_inside(s, ix, iy, wx, wy);
  v128_t across[4] = {LANE(wx, 0), LANE(wx, 1), LANE(wx, 2), LANE(wx, 3)};
  v128_t down[4] = {LANE(wy, 0), LANE(wy, 1), LANE(wy, 2), LANE(wy, 3)};
  v128_t sum = splat(0);
  for (int j = 0; j < 4; j++) {
    const uint8_t *row = s->data + mirror(iy - 1 + j, s->height) * s->width * 4;
    v128_t line = splat(0);
    for (int i = 0; i < 4; i++) line = madd(texel(row + mirror(ix - 1 + i, s->width) * 4), across[i], line);
    sum = madd(line, down[j], sum);
  }
  return sum;
}

static inline uint32_t hash3(uint32_t x, uint32_t y, uint32_t z) {
  uint32_t h = x * 0x8da6b343u ^ y * 0xd8163841u ^ z * 0xcb1ab31fu;
  h ^= h >> 15;
  h *= 0x2c1b3c6du;
  h ^= h >> 12;
  h *= 0x297a2d39u;
  h ^= h >> 15;
  return h;
}

/*
 * Film grain: a tile of soft noise (blobs of two to three pixels, which survive the encoder, unlike single pixels), laid at another place
 * in every frame. It also breaks the bands of smooth skies. Values have a standard deviation of about 1.
 */
#define TILE 256
static float tile[TILE * TILE];
static int tile_ready = 0;

static inline float white(int x, int y) { return (float)(hash3((uint32_t)(x & (TILE - 1)), (uint32_t)(y & (TILE - 1)), 77) >> 8) * (2.0f / 16777215.0f) - 1; }

static void make_tile(void) {
  if (tile_ready) return;
  for (int y = 0; y < TILE; y++)
    for (int x = 0; x < TILE; x++) {
      float sum = 0;
      for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) sum += white(x + i, y + j) * (i == 0 ? 2 : 1) * (j == 0 ? 2 : 1);
      /* variance of white is 1/3, the kernel's sum of squares 36 */
      tile[y * TILE + x] = sum * 0.2887f;
    }
  tile_ready = 1;
}

static inline const float *grain_row(int y, uint32_t frame) { return tile + ((y + (int)(hash3(frame, 1, 5) >> 8)) & (TILE - 1)) * TILE; }
static inline int grain_offset(uint32_t frame) { return (int)(hash3(frame, 2, 5) >> 8) & (TILE - 1); }

static inline void put(uint8_t *p, v128_t colour) {
  v128_t i = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_add(colour, splat(0.5f)));
  v128_t s = wasm_i16x8_narrow_i32x4(i, i);
  v128_t b = wasm_u8x16_narrow_i16x8(s, s);
  b = wasm_i8x16_replace_lane(b, 3, -1);
  wasm_v128_store32_lane(p, b, 0);
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

/* Geometry and light are slow functions of place: programs solve them on a grid of CELL pixels and interpolate. */
#define CELL 4
#define MAX_COLUMNS (8192 / CELL + 3)

#include "warp-yuv.h"
#include "warp-life.h"
#include "warp-weather.h"
#include "warp-talk.h"
#include "warp-parallax.h"
#include "warp-morph.h"
