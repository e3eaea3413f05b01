/* Parameters that all programs share, and the light and air that "parallax" and "morph" have in common. */
enum {
  NOISE_SEED, GRAIN, TIME, LIFE_SEED, LIGHT, WIND, RAIN, SNOW, SPARKS, FOG, FOG_R, FOG_G, FOG_B,
  LIFE_END,
};

/* Brightness at a place (in units of the canvas's shorter side): drifting patches and a common breath. */
static float light_at(const float *p, float u, float v) {
  uint32_t seed = (uint32_t)p[LIFE_SEED];
  float time = p[TIME];
  return 1 + p[LIGHT] * (0.6f * noise3(u * 2.2f + time * 0.15f, v * 2.2f, time * 0.9f, seed + 37) + 0.4f * noise3(0, 0, time * 1.3f, seed + 41));
}

/* Share of fog before what lies at depth `d` (0 far, 1 near). */
static float fog_at(const float *p, float u, float v, float d) {
  if (p[FOG] <= 0) return 0;
  uint32_t seed = (uint32_t)p[LIFE_SEED];
  float time = p[TIME], drift = time * (0.1f + 0.25f * p[WIND]);
  float wisps = 0.55f + 0.3f * noise3(u * 1.7f - drift, v * 3.4f, time * 0.12f, seed + 53) +
                0.15f * noise3(u * 4.1f - drift * 1.6f, v * 8, time * 0.2f, seed + 59);
  return clampf(p[FOG] * wisps * (1.15f - d), 0, 0.92f);
}
