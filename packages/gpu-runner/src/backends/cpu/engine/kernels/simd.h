// Four pixels at a time: vector types and the few functions of them that shading needs.
// Only + - * / sqrt and bit operations, which every wasm engine rounds alike: frames are equal on every machine.
#pragma once
#include <wasm_simd128.h>

typedef float f4 __attribute__((ext_vector_type(4)));
typedef int i4 __attribute__((ext_vector_type(4)));
#define INL static inline __attribute__((always_inline))
#define NOINL static __attribute__((noinline))

typedef struct { f4 x, y; } v2;
typedef struct { f4 x, y, z; } v3;

INL f4 F(float x) { return (f4){x, x, x, x}; }
INL f4 fbits(i4 a) { return (f4)a; }
INL i4 ibits(f4 a) { return (i4)a; }
INL f4 sel(i4 mask, f4 a, f4 b) { return (f4)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)mask); }
INL int any(i4 mask) { return wasm_v128_any_true((v128_t)mask); }
INL int all(i4 mask) { return wasm_i32x4_all_true((v128_t)mask); }
// pmin and pmax are one instruction each; they return the first argument when the second is not a number.
INL f4 fmin4(f4 a, f4 b) { return (f4)wasm_f32x4_pmin((v128_t)a, (v128_t)b); }
INL f4 fmax4(f4 a, f4 b) { return (f4)wasm_f32x4_pmax((v128_t)a, (v128_t)b); }
INL f4 clamp4(f4 a, float lo, float hi) { return fmin4(fmax4(a, F(lo)), F(hi)); }
INL f4 sat(f4 a) { return fmin4(fmax4(a, F(0)), F(1)); }
INL f4 abs4(f4 a) { return (f4)wasm_f32x4_abs((v128_t)a); }
INL f4 sqrt4(f4 a) { return (f4)wasm_f32x4_sqrt((v128_t)a); }
INL f4 mix(f4 a, f4 b, f4 t) { return a + (b - a) * t; }
INL float fminf1(float a, float b) { return a < b ? a : b; }
INL float fmaxf1(float a, float b) { return a > b ? a : b; }
INL float clampf(float a, float lo, float hi) { return fmaxf1(lo, fminf1(hi, a)); }
INL float mixf(float a, float b, float t) { return a + (b - a) * t; }
INL float smoothf(float a, float b, float x) {
  float t = clampf((x - a) / (b - a), 0, 1);
  return t * t * (3 - 2 * t);
}

// Floor for |a| < 4 million. An exact integer may come out one lower, with a fraction of 1: callers are continuous there.
#define MAGIC 12582912.0f
INL f4 floor4(f4 a) { return (a - 0.5f + MAGIC) - MAGIC; }
INL f4 fract4(f4 a) { return a - floor4(a); }
INL i4 int4(f4 a) { return ibits(a + MAGIC) - 0x4b400000; } // nearest integer
INL f4 float4(i4 a) { return (f4)wasm_f32x4_convert_i32x4((v128_t)a); }
INL f4 smooth4(f4 t) { t = sat(t); return t * t * (3.0f - 2.0f * t); }
INL f4 step4(float lo, float hi, f4 a) { return smooth4((a - lo) * (1.0f / (hi - lo))); } // smoothstep; hi < lo turns it round

INL f4 sin4(f4 a) { // absolute error 1e-4; a up to some thousands
  f4 t = a * 0.15915494f;
  t = t - ((t + MAGIC) - MAGIC); // -0.5 .. 0.5 turns
  f4 p = t * (8.0f - 16.0f * abs4(t));
  return p * (0.775f + 0.225f * abs4(p));
}
INL f4 cos4(f4 a) { return sin4(a + 1.57079633f); }
INL f4 exp2_4(f4 a) {
  a = clamp4(a, -120, 120);
  f4 whole = floor4(a), part = a - whole;
  f4 p = 1.0f + part * (0.69314718f + part * (0.2402265f + part * (0.0558203f + part * 0.0089893f)));
  return fbits((int4(whole) + 127) << 23) * p;
}
INL f4 exp4(f4 a) { return exp2_4(a * 1.44269504f); }
INL f4 log2_4(f4 a) { // a > 0
  i4 bits = ibits(a);
  f4 power = float4(((bits >> 23) & 255) - 127);
  f4 m = fbits((bits & 0x7fffff) | 0x3f800000);
  f4 t = (m - 1.0f) / (m + 1.0f), s = t * t;
  return power + t * (2.8853901f + s * (0.96179669f + s * (0.57707802f + s * 0.4121985f)));
}
INL f4 pow4(f4 a, f4 b) { return exp2_4(log2_4(fmax4(a, F(1e-20f))) * b); }
INL f4 powf4(f4 a, float b) { return pow4(a, F(b)); }
INL f4 sq(f4 a) { return a * a; }
INL f4 pow5(f4 a) { f4 b = a * a; return b * b * a; }
INL f4 atan2_4(f4 y, f4 x) { // error 2e-3
  f4 ax = abs4(x), ay = abs4(y), r = fmin4(ax, ay) / fmax4(fmax4(ax, ay), F(1e-12f));
  f4 s = r * r, t = ((-0.0464964749f * s + 0.15931422f) * s - 0.327622764f) * s * r + r;
  t = sel(ay > ax, 1.57079637f - t, t);
  t = sel(x < 0, 3.14159274f - t, t);
  return sel(y < 0, -t, t);
}
INL float lane0(f4 a) { return a[0]; }
INL float sumf(f4 a) { return a[0] + a[1] + a[2] + a[3]; }
INL float maxf(f4 a) { return fmaxf1(fmaxf1(a[0], a[1]), fmaxf1(a[2], a[3])); }
INL float minf(f4 a) { return fminf1(fminf1(a[0], a[1]), fminf1(a[2], a[3])); }
INL float sqrtf1(float a) { return __builtin_sqrtf(a); }
INL float sinf1(float a) { return sin4(F(a))[0]; }
INL float cosf1(float a) { return cos4(F(a))[0]; }
INL float expf1(float a) { return exp4(F(a))[0]; }

INL v3 V(f4 x, f4 y, f4 z) { return (v3){x, y, z}; }
INL v3 V1(float x, float y, float z) { return (v3){F(x), F(y), F(z)}; }
INL v3 add3(v3 a, v3 b) { return (v3){a.x + b.x, a.y + b.y, a.z + b.z}; }
INL v3 sub3(v3 a, v3 b) { return (v3){a.x - b.x, a.y - b.y, a.z - b.z}; }
INL v3 mul3(v3 a, v3 b) { return (v3){a.x * b.x, a.y * b.y, a.z * b.z}; }
INL v3 scale3(v3 a, f4 s) { return (v3){a.x * s, a.y * s, a.z * s}; }
INL v3 scalef3(v3 a, float s) { return scale3(a, F(s)); }
INL v3 mad3(v3 a, v3 b, f4 s) { return (v3){a.x + b.x * s, a.y + b.y * s, a.z + b.z * s}; } // a + b s
INL v3 mix3(v3 a, v3 b, f4 t) { return (v3){mix(a.x, b.x, t), mix(a.y, b.y, t), mix(a.z, b.z, t)}; }
INL v3 sel3(i4 m, v3 a, v3 b) { return (v3){sel(m, a.x, b.x), sel(m, a.y, b.y), sel(m, a.z, b.z)}; }
INL f4 dot3(v3 a, v3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
INL v3 norm3(v3 a) { return scale3(a, 1.0f / sqrt4(fmax4(dot3(a, a), F(1e-20f)))); }
INL v3 cross3(v3 a, v3 b) { return (v3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
INL f4 luma3(v3 a) { return a.x * 0.2126f + a.y * 0.7152f + a.z * 0.0722f; }
INL v3 reflect3(v3 d, v3 n) { return mad3(d, n, dot3(d, n) * -2.0f); }
