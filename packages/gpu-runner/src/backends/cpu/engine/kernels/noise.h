// Value noise from a packed table, and sums of its octaves that leave out what is finer than a pixel.
#pragma once
#include "simd.h"

#define CELLS 128
// For each lattice point c: {c, right - c, up - c, c - right - up + upright}: one load serves a lane.
static f4 lattice[CELLS * CELLS];

INL unsigned mix_bits(unsigned h) {
  h ^= h >> 16; h *= 0x7feb352du; h ^= h >> 15; h *= 0x846ca68bu; h ^= h >> 16;
  return h;
}
INL float unit_hash(unsigned a, unsigned b, unsigned c) {
  return (float)(mix_bits(a * 0x9e3779b1u ^ mix_bits(b * 0x85ebca6bu ^ mix_bits(c + 0x27d4eb2fu))) >> 8) * (1.0f / 16777216.0f);
}
static float lattice_value(int x, int y) { return unit_hash(x & (CELLS - 1), y & (CELLS - 1), 7); }
static void fill_lattice(void) {
  for (int y = 0; y < CELLS; y++)
    for (int x = 0; x < CELLS; x++) {
      float c = lattice_value(x, y), r = lattice_value(x + 1, y), u = lattice_value(x, y + 1), d = lattice_value(x + 1, y + 1);
      lattice[y * CELLS + x] = (f4){c, r - c, u - c, c - r - u + d};
    }
}

INL i4 mix_bits4(i4 h) { // integer hash of four lanes
  h ^= (i4)wasm_u32x4_shr((v128_t)h, 16); h *= 0x7feb352d;
  h ^= (i4)wasm_u32x4_shr((v128_t)h, 15); h *= (int)0x846ca68bu;
  return h ^ (i4)wasm_u32x4_shr((v128_t)h, 16);
}
// 0..1 for integer coordinates held in floats.
INL f4 hash4(f4 a, f4 b, int salt) {
  i4 h = mix_bits4(int4(a) * (int)0x9e3779b1u ^ mix_bits4(int4(b) * (int)0x85ebca6bu + salt));
  return float4((i4)wasm_u32x4_shr((v128_t)h, 8)) * (1.0f / 16777216.0f);
}

// Three numbers of a grid's cell, kept from quad to quad: a cell is many pixels wide, so most quads lie in the cell of the one before.
typedef struct { f4 column, row, a, b, c; } cell;
#define NO_CELL {.column = {__builtin_nanf(""), 0, 0, 0}} // equals no cell
INL cell enter_cell(cell *kept, f4 column, f4 row, int salt_a, int salt_b, int salt_c) {
  if (!all((column == kept->column) & (row == kept->row)))
    *kept = (cell){column, row, hash4(column, row, salt_a), hash4(column, row, salt_b), hash4(column, row, salt_c)};
  return *kept;
}

typedef struct { f4 c, r, u, d; } corners;
INL corners fetch_from(const f4 *table, i4 ix, i4 iy) {
  i4 at = ((iy & (CELLS - 1)) * CELLS + (ix & (CELLS - 1)));
  f4 a = table[at[0]], b = table[at[1]], c = table[at[2]], d = table[at[3]];
  f4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  f4 ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return (corners){
    __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5), __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7),
    __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5), __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7)};
}
INL corners fetch(i4 ix, i4 iy) { return fetch_from(lattice, ix, iy); }
INL f4 fade4(f4 t) { return t * t * (3.0f - 2.0f * t); }

// 0..1
INL f4 noise_from(const f4 *table, f4 x, f4 y) {
  f4 mx = x - 0.5f + MAGIC, my = y - 0.5f + MAGIC;
  f4 u = fade4(x - (mx - MAGIC)), v = fade4(y - (my - MAGIC));
  corners k = fetch_from(table, ibits(mx), ibits(my));
  return k.c + k.r * u + (k.u + k.d * u) * v;
}
INL f4 noise2(f4 x, f4 y) { return noise_from(lattice, x, y); }
typedef struct { f4 v, dx, dy; } noised;
INL noised noise2d(f4 x, f4 y) { // with its gradient
  f4 mx = x - 0.5f + MAGIC, my = y - 0.5f + MAGIC;
  f4 fx = x - (mx - MAGIC), fy = y - (my - MAGIC), u = fade4(fx), v = fade4(fy);
  corners k = fetch(ibits(mx), ibits(my));
  return (noised){k.c + k.r * u + (k.u + k.d * u) * v, (k.r + k.d * v) * (6.0f * fx * (1.0f - fx)), (k.u + k.d * u) * (6.0f * fy * (1.0f - fy))};
}
#define SLICE_RIGHT 37 // each slice of the third dimension is the table shifted by this much
#define SLICE_UP 17
INL f4 noise3(f4 x, f4 y, f4 z) {
  f4 mx = x - 0.5f + MAGIC, my = y - 0.5f + MAGIC, mz = z - 0.5f + MAGIC;
  f4 u = fade4(x - (mx - MAGIC)), v = fade4(y - (my - MAGIC)), w = fade4(z - (mz - MAGIC));
  i4 slice = ibits(mz), ix = ibits(mx) + slice * SLICE_RIGHT, iy = ibits(my) + slice * SLICE_UP;
  corners a = fetch(ix, iy), b = fetch(ix + SLICE_RIGHT, iy + SLICE_UP);
  f4 lo = a.c + a.r * u + (a.u + a.d * u) * v, hi = b.c + b.r * u + (b.u + b.d * u) * v;
  return lo + (hi - lo) * w;
}

// Octaves fade out from twice this wavelength down to it, in pixels: finer ones would flicker when the camera moves.
#define FINEST 0.55f
// Sum of octaves around 0 (about -1..1). `grain` is the size of a pixel in the units of x and y: finer octaves fade out.
// Only the octaves from `first` on, counted as in the whole sum.
INL f4 fbm2_from(f4 x, f4 y, int first, int octaves, f4 grain) {
  f4 sum = F(0), limit = FINEST / fmax4(grain, F(1e-9f));
  float amplitude = 0.5f, frequency = 1;
  float most = maxf(limit);
  for (int i = 0; i < octaves && frequency < most; i++) {
    f4 keep = i == 0 ? F(1) : sat(limit * (1.0f / frequency) - 1.0f);
    if (i >= first) sum += (noise2(x, y) * 2.0f - 1.0f) * amplitude * keep;
    f4 nx = (x * 0.8f - y * 0.6f) * 2.03f + 17.3f;
    y = (x * 0.6f + y * 0.8f) * 2.03f + 5.9f;
    x = nx;
    amplitude *= 0.5f;
    frequency *= 2.03f;
  }
  return sum;
}
INL f4 fbm2(f4 x, f4 y, int octaves, f4 grain) { return fbm2_from(x, y, 0, octaves, grain); }
// The same with its gradient. (p, q) is the turn and growth of the octave's coordinates, as a complex number.
INL noised fbm2d(f4 x, f4 y, int octaves, f4 grain) {
  noised sum = {F(0), F(0), F(0)};
  f4 limit = FINEST / fmax4(grain, F(1e-9f));
  float amplitude = 0.5f, frequency = 1, p = 1, q = 0, most = maxf(limit);
  for (int i = 0; i < octaves && frequency < most; i++) {
    f4 weight = (i == 0 ? F(1) : sat(limit * (1.0f / frequency) - 1.0f)) * (amplitude * 2.0f);
    noised n = noise2d(x, y);
    sum.v += (n.v - 0.5f) * weight;
    sum.dx += (n.dx * p + n.dy * q) * weight, sum.dy += (n.dy * p - n.dx * q) * weight;
    f4 nx = (x * 0.8f - y * 0.6f) * 2.03f + 17.3f;
    y = (x * 0.6f + y * 0.8f) * 2.03f + 5.9f;
    x = nx;
    float np = (p * 0.8f - q * 0.6f) * 2.03f;
    q = (p * 0.6f + q * 0.8f) * 2.03f;
    p = np;
    amplitude *= 0.5f;
    frequency *= 2.03f;
  }
  return sum;
}
