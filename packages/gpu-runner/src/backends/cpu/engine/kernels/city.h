// What streets and skylines share: walls of lit windows.
#pragma once
#include "frame.h"

// Light of a facade at `u` along it and `v` up, in storeys. `grain`: size of a pixel in the same units; far windows melt into a glow.
INL v3 facade_light(f4 u, f4 v, f4 house, f4 grain, float share) {
  f4 cu = floor4(u), cv = floor4(v);
  f4 a = hash4(cu + house * 57.0f, cv, 7), b = hash4(cv, cu + house * 31.0f, 8);
  f4 fu = u - cu, fv = v - cv;
  f4 pane = step4(0.10f, 0.24f, fu) * step4(0.90f, 0.76f, fu) * step4(0.12f, 0.30f, fv) * step4(0.88f, 0.72f, fv);
  f4 mullion = 1.0f - 0.55f * step4(0.05f, 0.02f, abs4(fu - 0.5f));
  f4 busy = share * (0.45f + 1.1f * hash4(house, F(3), 9));
  f4 on = sel(a < busy, F(1), F(0)) * (0.35f + 0.9f * b);
  // Somebody comes home, somebody leaves: a slow change of few windows.
  on *= 0.9f + 0.1f * sin4(U_TIME * (0.3f + b) + a * 90.0f);
  f4 curtain = 0.65f + 0.35f * noise2(u * 3.0f + a * 40.0f, v * 1.5f);
  f4 shown = mix(pane * mullion * on * curtain, busy * 0.22f, sat(grain * 3.2f - 0.35f));
  v3 warm = mix3(V1(1.0f, 0.56f, 0.22f), V1(1.0f, 0.80f, 0.52f), b), cool = V1(0.55f, 0.78f, 1.0f);
  return scale3(sel3(hash4(cu * 3.1f + house, cv, 10) < 0.14f, cool, warm), shown);
}
