/*
 * What falls or rises in front of the picture. Each particle has a cell of its own in time and place, chosen by hash, so any frame can be
 * drawn without the ones before it. Three layers of depth: the near ones are larger, faster and fewer.
 */
static inline void blend(const Frame *f, int x, int y, float r, float g, float b, float alpha) {
  if (x < 0 || y < 0 || x >= f->width || y >= f->height || alpha <= 0) return;
  uint8_t *p = f->out + (y * f->width + x) * 4;
  put(p, mix4(texel(p), wasm_f32x4_make(r, g, b, 255), alpha > 1 ? 1 : alpha));
}

static inline float unit_hash(uint32_t a, uint32_t b, uint32_t c) { return (float)(hash3(a, b, c) >> 8) * (1.0f / 16777216.0f); }

static inline float fraction(float v) { return v - (float)ifloor(v); }

/* A soft dot; `radius` in pixels, down to well below one. */
static void draw_dot(const Frame *f, float x, float y, float radius, float r, float g, float b, float alpha) {
  float reach = radius + 1;
  for (int iy = ifloor(y - reach); iy <= ifloor(y + reach) + 1; iy++)
    for (int ix = ifloor(x - reach); ix <= ifloor(x + reach) + 1; ix++) {
      float dx = (float)ix - x, dy = (float)iy - y;
      float distance = __builtin_sqrtf(dx * dx + dy * dy);
      blend(f, ix, iy, r, g, b, alpha * (1 - smooth(radius * 0.3f, reach, distance)));
    }
}

static void draw_rain(const Frame *f) {
  const float *p = f->params;
  uint32_t seed = (uint32_t)p[LIFE_SEED] + 101;
  float width = (float)f->width, height = (float)f->height;
  float lean = 0.12f + 0.35f * p[WIND];
  for (int layer = 0; layer < 3; layer++) {
    float near = 0.55f + 0.3f * (float)layer;
    int count = (int)(p[RAIN] * width * (layer == 0 ? 0.5f : layer == 1 ? 0.24f : 0.1f));
    float length = height * 0.055f * near, speed = 1.15f * near;
    for (int i = 0; i < count; i++) {
      float fall = p[TIME] * speed * (0.9f + 0.2f * unit_hash((uint32_t)i, 1, seed + (uint32_t)layer)) +
                   unit_hash((uint32_t)i, 2, seed + (uint32_t)layer);
      uint32_t round = (uint32_t)ifloor(fall);
      float y0 = (fraction(fall) * 1.15f - 0.1f) * height;
      float x0 = unit_hash((uint32_t)i, 3 + round, seed + (uint32_t)layer) * width * 1.4f - width * 0.2f - lean * y0;
      float alpha = (0.15f + 0.14f * near) * (0.6f + 0.6f * unit_hash((uint32_t)i, 4, seed));
      int steps = (int)length;
      for (int s = 0; s < steps; s++) {
        float along = (float)s / (float)steps;
        float x = x0 + lean * length * (1 - along), y = y0 - length * (1 - along);
        int ix = ifloor(x);
        float fx = x - (float)ix, a = alpha * along * (1.6f - along);
        blend(f, ix, ifloor(y), 216, 224, 236, a * (1 - fx));
        blend(f, ix + 1, ifloor(y), 216, 224, 236, a * fx);
      }
    }
  }
}

/* A soft dot drawn out along its fall while the shutter is open: as much light over more pixels, so no flake blinks from frame to frame. */
static void draw_flake(const Frame *f, float x, float y, float radius, float streak, float alpha) {
  float reach = radius + 1;
  alpha *= radius / (radius + streak * 0.6f);
  for (int iy = ifloor(y - reach - streak); iy <= ifloor(y + reach + streak) + 1; iy++)
    for (int ix = ifloor(x - reach); ix <= ifloor(x + reach) + 1; ix++) {
      float dx = (float)ix - x, off = absf((float)iy - y) - streak, dy = off > 0 ? off : 0;
      float distance = __builtin_sqrtf(dx * dx + dy * dy);
      blend(f, ix, iy, 246, 248, 252, alpha * (1 - smooth(radius * 0.2f, reach, distance)));
    }
}

/* Half of the time that the shutter is open, in seconds. */
#define HALF_SHUTTER (1.0f / 64.0f)

static void draw_snow(const Frame *f) {
  const float *p = f->params;
  uint32_t seed = (uint32_t)p[LIFE_SEED] + 211;
  float width = (float)f->width, height = (float)f->height, unit = (width < height ? width : height) / 480;
  /* No flake is smaller than a pixel: on a small canvas each covers more of the picture, so fewer fall. */
  float crowd = p[SNOW] * width / height * (unit < 1 ? 0.2f + 0.8f * unit : 1);
  for (int layer = 0; layer < 3; layer++) {
    float near = 0.4f + 0.5f * (float)layer;
    int count = (int)(crowd * (layer == 0 ? 170.0f : layer == 1 ? 76.0f : 22.0f));
    for (int i = 0; i < count; i++) {
      uint32_t id = (uint32_t)i, tag = seed + (uint32_t)layer * 7;
      float pace = 0.115f * (0.5f + near) * (0.8f + 0.4f * unit_hash(id, 1, tag));
      float fall = p[TIME] * pace + unit_hash(id, 2, tag);
      uint32_t round = (uint32_t)ifloor(fall);
      float y = (fraction(fall) * 1.1f - 0.05f) * height;
      float drift = noise3(p[TIME] * 0.7f, (float)i * 0.37f, 0, tag) * 0.03f + p[WIND] * 0.35f * fraction(fall);
      float x = (fraction(unit_hash(id, 3 + round, tag) + drift) * 1.1f - 0.05f) * width;
      float radius = unit * (0.5f + 0.9f * near) * (0.7f + 0.6f * unit_hash(id, 4, tag));
      draw_flake(f, x, y, radius, pace * 1.1f * height * HALF_SHUTTER, 0.38f + 0.27f * near);
    }
  }
}

static void draw_sparks(const Frame *f) {
  const float *p = f->params;
  uint32_t seed = (uint32_t)p[LIFE_SEED] + 307;
  float width = (float)f->width, height = (float)f->height, unit = (width < height ? width : height) / 480;
  int count = (int)(p[SPARKS] * 90.0f * width / height);
  for (int i = 0; i < count; i++) {
    uint32_t id = (uint32_t)i;
    float rise = p[TIME] * 0.22f * (0.6f + 0.9f * unit_hash(id, 1, seed)) + unit_hash(id, 2, seed);
    uint32_t round = (uint32_t)ifloor(rise);
    float age = fraction(rise);
    float x = unit_hash(id, 3 + round, seed) + 0.05f * noise3(p[TIME] * 1.2f, (float)i * 0.51f, 0, seed) + p[WIND] * 0.2f * age;
    float y = 1.05f - age * 1.1f;
    float glow = smooth(0, 0.1f, age) * (1 - smooth(0.5f, 1, age)) * (0.75f + 0.25f * noise3(p[TIME] * 7, (float)i, 0, seed + 1));
    float size = unit * (0.5f + 1.1f * unit_hash(id, 4, seed));
    draw_dot(f, x * width, y * height, size * 3.2f, 255, 110, 30, 0.22f * glow);
    draw_dot(f, x * width, y * height, size, 255, 214, 130, 0.95f * glow);
  }
}

static void draw_weather(const Frame *f) {
  if (f->params[RAIN] > 0) draw_rain(f);
  if (f->params[SNOW] > 0) draw_snow(f);
  if (f->params[SPARKS] > 0) draw_sparks(f);
}
