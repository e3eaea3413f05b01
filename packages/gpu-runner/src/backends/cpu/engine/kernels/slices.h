// Noise with a third coordinate, for things that change shape in time.
#pragma once
#include "frame.h"

// Time is the same in the whole frame: the table is cut there once, and a sample costs what it costs in two dimensions.
#define SLOTS 5
#define SLICES 6 // of a slot: one for each octave
static f4 *slices[SLOTS][SLICES];

static void cut_slice(f4 **slice, float z) {
  if (*slice == 0) *slice = take(sizeof lattice);
  f4 mz = F(z) - 0.5f + MAGIC, w = fade4(F(z) - (mz - MAGIC));
  int right = ibits(mz)[0] * SLICE_RIGHT, up = ibits(mz)[0] * SLICE_UP;
  for (int y = 0; y < CELLS; y++) {
    const f4 *low = lattice + ((y + up) & (CELLS - 1)) * CELLS, *high = lattice + ((y + up + SLICE_UP) & (CELLS - 1)) * CELLS;
    for (int x = 0; x < CELLS; x++) {
      f4 a = low[(x + right) & (CELLS - 1)], b = high[(x + right + SLICE_RIGHT) & (CELLS - 1)];
      (*slice)[y * CELLS + x] = a + (b - a) * w;
    }
  }
}
// Before a frame: cuts a slot for `octaves` octaves from z on.
static void cut_slices(int slot, float z, int octaves) {
  for (int i = 0; i < octaves; i++, z = z * 1.6f + 3.1f) cut_slice(&slices[slot][i], z);
}
// 0..1 in the first slice of a slot.
INL f4 slice_noise(int slot, f4 x, f4 y) { return noise_from(slices[slot][0], x, y); }

// A sum of octaves under way: where the next one is read, and how much it counts.
typedef struct { f4 sum, x, y; float amplitude, frequency; int octave; } octaves_so_far;
INL octaves_so_far octaves_at(f4 x, f4 y) { return (octaves_so_far){F(0), x, y, 0.5f, 1, 0}; }
INL void add_until(octaves_so_far *o, int slot, int octaves, f4 grain) {
  f4 limit = FINEST / fmax4(grain, F(1e-9f));
  float most = maxf(limit);
  for (; o->octave < octaves && o->frequency < most; o->octave++) {
    f4 keep = o->octave == 0 ? F(1) : sat(limit * (1.0f / o->frequency) - 1.0f);
    o->sum += (noise_from(slices[slot][o->octave], o->x, o->y) * 2.0f - 1.0f) * o->amplitude * keep;
    f4 nx = (o->x * 0.8f - o->y * 0.6f) * 2.03f + 17.3f;
    o->y = (o->x * 0.6f + o->y * 0.8f) * 2.03f + 5.9f;
    o->x = nx;
    o->amplitude *= 0.5f;
    o->frequency *= 2.03f;
  }
}
// fbm2 in the slices of a slot.
INL f4 slice_fbm(int slot, f4 x, f4 y, int octaves, f4 grain) {
  octaves_so_far o = octaves_at(x, y);
  add_until(&o, slot, octaves, grain);
  return o.sum;
}
// The same where the third coordinate is not one for the whole frame.
INL f4 fbm3(f4 x, f4 y, f4 z, int octaves, f4 grain) {
  f4 sum = F(0), limit = FINEST / fmax4(grain, F(1e-9f));
  float amplitude = 0.5f, frequency = 1;
  float most = maxf(limit);
  for (int i = 0; i < octaves && frequency < most; i++) {
    f4 keep = i == 0 ? F(1) : sat(limit * (1.0f / frequency) - 1.0f);
    sum += (noise3(x, y, z) * 2.0f - 1.0f) * amplitude * keep;
    f4 nx = (x * 0.8f - y * 0.6f) * 2.03f + 17.3f;
    y = (x * 0.6f + y * 0.8f) * 2.03f + 5.9f;
    x = nx;
    z = z * 1.6f + 3.1f;
    amplitude *= 0.5f;
    frequency *= 2.03f;
  }
  return sum;
}
