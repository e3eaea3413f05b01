// From linear light to 8-bit BT.709: bloom, vignette, grade, one tone curve, softened edges, dither.
#pragma once
#include "frame.h"

static unsigned char *luma, *chroma_u, *chroma_v; // tight planes, one after another
static unsigned char *row_bytes;                  // two padded rows of luma and one each of chroma
static int small_width, small_height;             // a quarter of the picture, rounded up
static float *glow[3], *glow_spare;

static void soften(float *plane, int radius) { // box blur both ways, edges repeated
  for (int y = 0; y < small_height; y++) {
    float *row = plane + y * small_width, sum = 0, scale = 1.0f / (float)(2 * radius + 1);
    for (int i = -radius; i <= radius; i++) sum += row[i < 0 ? 0 : i >= small_width ? small_width - 1 : i];
    for (int x = 0; x < small_width; x++) {
      glow_spare[y * small_width + x] = sum * scale;
      int out = x - radius, in = x + radius + 1;
      sum += row[in >= small_width ? small_width - 1 : in] - row[out < 0 ? 0 : out];
    }
  }
  float scale = 1.0f / (float)(2 * radius + 1);
  for (int x = 0; x < small_width; x += 4) {
    f4 sum = F(0);
    for (int i = -radius; i <= radius; i++) sum += *(f4 *)(glow_spare + (i < 0 ? 0 : i >= small_height ? small_height - 1 : i) * small_width + x);
    for (int y = 0; y < small_height; y++) {
      *(f4 *)(plane + y * small_width + x) = sum * scale;
      int out = y - radius, in = y + radius + 1;
      sum += *(f4 *)(glow_spare + (in >= small_height ? small_height - 1 : in) * small_width + x) - *(f4 *)(glow_spare + (out < 0 ? 0 : out) * small_width + x);
    }
  }
}
static void gather_glow(void) {
  float *planes[3] = {red, green, blue};
  for (int y = 0; y < small_height; y++)
    for (int x = 0; x < small_width; x++) {
      f4 sum[3] = {F(0), F(0), F(0)};
      int column = x * 4 < stride ? x * 4 : stride - 4;
      for (int i = 0; i < 4; i++) {
        int row = y * 4 + i < height ? y * 4 + i : height - 1;
        for (int c = 0; c < 3; c++) sum[c] += *(f4 *)(planes[c] + row * stride + column);
      }
      float r = sumf(sum[0]) * 0.0625f, g = sumf(sum[1]) * 0.0625f, b = sumf(sum[2]) * 0.0625f;
      float bright = fmaxf1(r, fmaxf1(g, b)), keep = fmaxf1(bright - U_BLOOM_FROM, 0) / fmaxf1(bright, 1e-4f);
      keep *= fminf1(1, 12.0f / fmaxf1(bright, 1e-4f));
      int at = y * small_width + x;
      glow[0][at] = r * keep, glow[1][at] = g * keep, glow[2][at] = b * keep;
    }
  int near = small_height / 60 + 1;
  for (int c = 0; c < 3; c++) soften(glow[c], near), soften(glow[c], near * 2), soften(glow[c], near * 4);
}

INL f4 film_curve(f4 c) { // ACES in Narkowicz's fit, then display gamma
  c = (c * (2.51f * c + 0.03f)) / (c * (2.43f * c + 0.59f) + 0.14f);
  f4 s1 = sqrt4(sat(c)), s2 = sqrt4(s1), s3 = sqrt4(s2);
  return sat(0.662002687f * s1 + 0.684122060f * s2 - 0.323583601f * s3 - 0.0225411470f * sat(c));
}
INL v3 grade(v3 c, f4 x, float y) {
  float across = (float)width * 0.5f * unit_inverse, up = (float)height * 0.5f * unit_inverse;
  f4 r2 = (sq(x) + y * y) * (1.0f / (across * across + up * up));
  f4 level = U_EXPOSURE * (1.0f - U_VIGNETTE * r2 * (0.35f + 0.65f * r2));
  c = V(fmax4(c.x, F(0)) * level * U_TINT[0], fmax4(c.y, F(0)) * level * U_TINT[1], fmax4(c.z, F(0)) * level * U_TINT[2]);
  c = V(film_curve(c.x), film_curve(c.y), film_curve(c.z));
  f4 grey = luma3(c);
  c = V(grey + (c.x - grey) * U_SATURATION, grey + (c.y - grey) * U_SATURATION, grey + (c.z - grey) * U_SATURATION);
  f4 k = F(U_CONTRAST);
  return V(sat((c.x - 0.45f) * k + 0.45f), sat((c.y - 0.45f) * k + 0.45f), sat((c.z - 0.45f) * k + 0.45f));
}
INL void put_bytes(unsigned char *at, f4 v) {
  v128_t i = wasm_i32x4_trunc_sat_f32x4((v128_t)v), s = wasm_i16x8_narrow_i32x4(i, i);
  *(int *)at = wasm_i32x4_extract_lane(wasm_u8x16_narrow_i16x8(s, s), 0);
}
static float *glow_line; // three rows of small_width
static void glow_row(int row, float *out) { // the bloom at this row's height
  float at = ((float)row + 0.5f) * 0.25f - 0.5f;
  int above = at < 0 ? 0 : (int)at, below = above + 1 < small_height ? above + 1 : above;
  float part = at < 0 ? 0 : at - (float)above;
  for (int c = 0; c < 3; c++)
    for (int x = 0; x < small_width; x++) {
      float a = glow[c][above * small_width + x];
      out[c * small_width + x] = (a + (glow[c][below * small_width + x] - a) * part) * U_BLOOM;
    }
}
INL f4 glow_quad(const float *row, int x) {
  float mid = row[x], left = x > 0 ? row[x - 1] : mid, right = x + 1 < small_width ? row[x + 1] : mid;
  return left * (f4){0.375f, 0.125f, 0, 0} + mid * (f4){0.625f, 0.875f, 0.875f, 0.625f} + right * (f4){0, 0, 0.125f, 0.375f};
}
static void copy_bytes(unsigned char *to, const unsigned char *from, int count) { __builtin_memcpy(to, from, (unsigned long)count); }

// In place: display values in the colour planes, their luma in the depth plane, which nobody needs any more.
static void tone(void) {
  gather_glow();
  float *glowing = glow_line;
  for (int row = 0; row < height; row++) {
    glow_row(row, glowing);
    for (int column = 0; column < width; column += 4) {
      int at = row * stride + column;
      v3 c = V(*(f4 *)(red + at) + glow_quad(glowing, column / 4), *(f4 *)(green + at) + glow_quad(glowing + small_width, column / 4),
               *(f4 *)(blue + at) + glow_quad(glowing + 2 * small_width, column / 4));
      c = grade(c, units_x(column), units_y(row));
      *(f4 *)(red + at) = c.x, *(f4 *)(green + at) = c.y, *(f4 *)(blue + at) = c.z;
      *(f4 *)(depth + at) = luma3(c);
    }
  }
}
// Along a visible edge, the mean of four points on a line parallel to it: steps become slopes.
static void smooth_edge(int at, float *r, float *g, float *b) {
  const float *l = depth + at;
  float nw = l[-stride - 1], ne = l[-stride + 1], sw = l[stride - 1], se = l[stride + 1];
  float dx = (sw + se) - (nw + ne), dy = (nw + sw) - (ne + se);
  float ax = dx < 0 ? -dx : dx, ay = dy < 0 ? -dy : dy;
  float most = fmaxf1(ax, ay);
  if (most < 0.02f) return;
  dx *= 1.0f / most, dy *= 1.0f / most;
  float sum[3] = {0, 0, 0};
  for (int i = 0; i < 4; i++) {
    float along = (i == 0 ? -0.9f : i == 1 ? -0.35f : i == 2 ? 0.35f : 0.9f);
    float x = dx * along + 1, y = dy * along + 1; // 0.1 .. 1.9
    int ix = (int)x, iy = (int)y;
    float fx = x - (float)ix, fy = y - (float)iy;
    int from = at + (iy - 1) * stride + ix - 1;
    float w00 = (1 - fx) * (1 - fy), w10 = fx * (1 - fy), w01 = (1 - fx) * fy, w11 = fx * fy;
    const float *planes[3] = {red, green, blue};
    for (int c = 0; c < 3; c++) {
      const float *p = planes[c] + from;
      sum[c] += p[0] * w00 + p[1] * w10 + p[stride] * w01 + p[stride + 1] * w11;
    }
  }
  *r = sum[0] * 0.25f, *g = sum[1] * 0.25f, *b = sum[2] * 0.25f;
}
INL f4 softened(const float *at, f4 here, float share) {
  f4 around = *(f4 *)(at - stride) + *(f4 *)(at + stride) + (f4)wasm_v128_load(at - 1) + (f4)wasm_v128_load(at + 1);
  return here + (around - here * 4.0f) * share;
}
INL v3 developed(int row, int column) {
  int at = row * stride + column;
  v3 c = V(*(f4 *)(red + at), *(f4 *)(green + at), *(f4 *)(blue + at));
  if (row == 0 || row == height - 1 || column == 0 || column + 4 >= width) return c;
  // A lens is never as sharp as a sample: a little of each neighbour, more where less detail is asked for.
  float share = 0.085f + 0.09f * (1 - U_DETAIL);
  c = V(softened(red + at, c.x, share), softened(green + at, c.y, share), softened(blue + at, c.z, share));
  f4 here = *(f4 *)(depth + at), up = *(f4 *)(depth + at - stride), down = *(f4 *)(depth + at + stride);
  f4 left = (f4)wasm_v128_load(depth + at - 1), right = (f4)wasm_v128_load(depth + at + 1);
  f4 high = fmax4(here, fmax4(fmax4(up, down), fmax4(left, right))), low = fmin4(here, fmin4(fmin4(up, down), fmin4(left, right)));
  i4 edge = (high - low) > fmax4(F(0.06f), high * 0.14f);
  if (!any(edge)) return c;
  for (int lane = 0; lane < 4; lane++) {
    if (!edge[lane]) continue;
    float r = c.x[lane], g = c.y[lane], b = c.z[lane];
    smooth_edge(at + lane, &r, &g, &b);
    c.x[lane] = r, c.y[lane] = g, c.z[lane] = b;
  }
  return c;
}
INL f4 pairs(f4 a) { return __builtin_shufflevector(a, a, 0, 2, 0, 2) + __builtin_shufflevector(a, a, 1, 3, 1, 3); }

// Film grain: a tile of soft noise (blobs of two to three pixels, which survive the encoder), laid at another place in every frame.
#define GRAIN_STRIDE (CELLS + 4)
static float grain_tile[CELLS * GRAIN_STRIDE]; // the first columns come again at the end of a row
static void fill_grain(void) {
  for (int y = 0; y < CELLS; y++)
    for (int x = 0; x < GRAIN_STRIDE; x++) {
      float sum = 0;
      for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
          float white = lattice[((y + j) & (CELLS - 1)) * CELLS + ((x + i) & (CELLS - 1))][0] - 0.5f;
          sum += white * (i == 0 ? 2 : 1) * (j == 0 ? 2 : 1);
        }
      grain_tile[y * GRAIN_STRIDE + x] = sum * 0.5774f; // a standard deviation of 1: white has a variance of 1/12, the weights 36
    }
}

static void develop(void) {
  tone();
  unsigned place = mix_bits((unsigned)ibits(F(U_TIME))[0]), grain_x = place & (CELLS - 1), grain_y = (place >> 8) & (CELLS - 1);
  unsigned char *rows[2] = {row_bytes, row_bytes + stride}, *us = row_bytes + 2 * stride, *vs = us + stride;
  for (int row = 0; row < height; row += 2) {
    for (int column = 0; column < width; column += 4) {
      v3 sum = V1(0, 0, 0);
      for (int half = 0; half < 2; half++) {
        v3 c = developed(row + half, column);
        f4 dither = even_noise(F((float)column) + LANES, F((float)(row + half)));
        if (U_GRAIN > 0) {
          unsigned at = ((unsigned)(row + half) + grain_y) % CELLS * GRAIN_STRIDE + ((unsigned)column + grain_x) % CELLS;
          dither += (f4)wasm_v128_load(grain_tile + at) * U_GRAIN;
        }
        put_bytes(rows[half] + column, 16.0f + 219.0f * luma3(c) + dither);
        sum = add3(sum, c);
      }
      v3 mean = scalef3(V(pairs(sum.x), pairs(sum.y), pairs(sum.z)), 0.25f);
      f4 y = luma3(mean);
      put_bytes(us + column / 2, 128.5f + (mean.z - y) * (224.0f / 1.8556f));
      put_bytes(vs + column / 2, 128.5f + (mean.x - y) * (224.0f / 1.5748f));
    }
    copy_bytes(luma + row * width, rows[0], width);
    copy_bytes(luma + (row + 1) * width, rows[1], width);
    copy_bytes(chroma_u + row / 2 * (width / 2), us, width / 2);
    copy_bytes(chroma_v + row / 2 * (width / 2), vs, width / 2);
  }
}
static void take_post_buffers(void) {
  small_width = (width + 15) / 16 * 4, small_height = (height + 3) / 4;
  unsigned long small = (unsigned long)small_width * small_height * 4;
  for (int c = 0; c < 3; c++) glow[c] = take(small);
  glow_spare = take(small);
  glow_line = take(3ul * small_width * 4);
  row_bytes = take(stride * 4ul);
  luma = take((unsigned long)width * height * 3 / 2 + 16);
  chroma_u = luma + width * height;
  chroma_v = chroma_u + width * height / 4;
}
