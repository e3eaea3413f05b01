/*
 * Program "morph": from one picture into another along their optical flow. Layers: first picture, last picture (both canvas sized), flow from
 * first to last, flow from last to first (f32 pairs, so twice as wide as they have cells; in canvas pixels).
 * Each picture is pushed its share of the way (source = out - share * flow(source)); they are mixed in linear light.
 */
enum { MORPH_RATIO = LIFE_END, MORPH_MIX, MORPH_ZOOM_FIRST, MORPH_ZOOM_LAST, MORPH_KINSHIP };

typedef struct { float ax, ay, bx, by; } MorphNode;
typedef struct { float light, fog, first, last; } AirNode; /* first, last: how much each picture knows here, 0..1 */
static MorphNode morph_rows[2][MAX_COLUMNS];
static AirNode air_rows[2][MAX_COLUMNS];

static void flow_at(const Layer *l, float x, float y, float *fx, float *fy) {
  int width = l->width / 2;
  x = clampf(x, 0, (float)(width - 1) - 0.001f);
  y = clampf(y, 0, (float)(l->height - 1) - 0.001f);
  int ix = (int)x, iy = (int)y;
  float tx = x - (float)ix, ty = y - (float)iy;
  const float *a = (const float *)l->data + (iy * width + ix) * 2, *b = a + width * 2;
  float topx = a[0] + (a[2] - a[0]) * tx, lowx = b[0] + (b[2] - b[0]) * tx;
  float topy = a[1] + (a[3] - a[1]) * tx, lowy = b[1] + (b[3] - b[1]) * tx;
  *fx = topx + (lowx - topx) * ty;
  *fy = topy + (lowy - topy) * ty;
}

static void pushed_back(const Frame *f, const Layer *flow, float share, float zoom, float x, float y, float *sx, float *sy) {
  float mx = 0.5f * (float)(f->width - 1), my = 0.5f * (float)(f->height - 1);
  float scale_x = 0.5f * (float)flow->width / (float)f->width, scale_y = (float)flow->height / (float)f->height;
  float qx = mx + (x - mx) / zoom, qy = my + (y - my) / zoom;
  float px = qx, py = qy;
  if (share > 0)
    for (int i = 0; i < 6; i++) {
      float fx, fy;
      flow_at(flow, (px + 0.5f) * scale_x - 0.5f, (py + 0.5f) * scale_y - 0.5f, &fx, &fy);
      px = qx - share * fx;
      py = qy - share * fy;
    }
  *sx = px;
  *sy = py;
}

/* 1 inside of the picture, 0 a few pixels outside: there the other picture knows better, if it shows the same scene. */
static float known(const Frame *f, float x, float y) {
  float right = x - (float)(f->width - 1), below = y - (float)(f->height - 1);
  float out = -x > right ? -x : right;
  if (-y > out) out = -y;
  if (below > out) out = below;
  return 1 - f->params[MORPH_KINSHIP] * smooth(-1, 5, out);
}

static void solve_morph_row(const Frame *f, int row, int columns) {
  const float *p = f->params;
  float t = p[MORPH_RATIO], unit = (float)(f->width < f->height ? f->width : f->height);
  for (int i = 0; i < columns; i++) {
    float x = (float)(i * CELL), y = (float)(row * CELL);
    MorphNode *n = &morph_rows[row & 1][i];
    pushed_back(f, f->layers + 2, t, p[MORPH_ZOOM_FIRST], x, y, &n->ax, &n->ay);
    pushed_back(f, f->layers + 3, 1 - t, p[MORPH_ZOOM_LAST], x, y, &n->bx, &n->by);
    AirNode *air = &air_rows[row & 1][i];
    air->light = light_at(p, x / unit, y / unit);
    air->fog = fog_at(p, x / unit, y / unit, 0.5f);
    air->first = known(f, n->ax, n->ay);
    air->last = known(f, n->bx, n->by);
  }
}

static inline v128_t at_node(const void *rows0, const void *rows1, int i, float fx, float fy) {
  const float *above = (const float *)rows0 + i * 4, *below = (const float *)rows1 + i * 4;
  v128_t top = mix4(wasm_v128_load(above), wasm_v128_load(above + 4), fx);
  v128_t low = mix4(wasm_v128_load(below), wasm_v128_load(below + 4), fx);
  return mix4(top, low, fy);
}

EXPORT("morph") void morph(const Frame *f) {
  const float *p = f->params;
  const Layer *first = f->layers, *last = f->layers + 1;
  uint32_t noise_seed = (uint32_t)p[NOISE_SEED];
  v128_t fog = wasm_f32x4_make(p[FOG_R], p[FOG_G], p[FOG_B], 255), none = splat(0);
  float mix = p[MORPH_MIX];
  int columns = (f->width + CELL - 1) / CELL + 1;
  int grain_x = grain_offset(noise_seed);
  make_tile();
  solve_morph_row(f, 0, columns);
  for (int y = 0; y < f->height; y++) {
    int row = y / CELL, here = row & 1, next = (row + 1) & 1;
    if (y % CELL == 0) solve_morph_row(f, row + 1, columns);
    float fy = (float)(y % CELL) * (1.0f / CELL);
    uint8_t *out = f->out + y * f->width * 4;
    const float *grains = grain_row(y, noise_seed);
    for (int x = 0; x < f->width; x++, out += 4) {
      int i = x / CELL;
      float fx = (float)(x % CELL) * (1.0f / CELL);
      v128_t n = at_node(morph_rows[here], morph_rows[next], i, fx, fy);
      v128_t air = at_node(air_rows[here], air_rows[next], i, fx, fy);
      v128_t colour;
      if (mix <= 0) {
        colour = sample(first, wasm_f32x4_extract_lane(n, 0), wasm_f32x4_extract_lane(n, 1));
      } else if (mix >= 1) {
        colour = sample(last, wasm_f32x4_extract_lane(n, 2), wasm_f32x4_extract_lane(n, 3));
      } else {
        v128_t a = wasm_f32x4_max(sample(first, wasm_f32x4_extract_lane(n, 0), wasm_f32x4_extract_lane(n, 1)), none);
        v128_t b = wasm_f32x4_max(sample(last, wasm_f32x4_extract_lane(n, 2), wasm_f32x4_extract_lane(n, 3)), none);
        /* a gamma of two is near enough to linear light, and exact at both ends */
        float first_weight = (1 - mix) * wasm_f32x4_extract_lane(air, 2), last_weight = mix * wasm_f32x4_extract_lane(air, 3);
        float share = first_weight + last_weight > 0.001f ? last_weight / (first_weight + last_weight) : mix;
        colour = wasm_f32x4_sqrt(mix4(wasm_f32x4_mul(a, a), wasm_f32x4_mul(b, b), share));
      }
      colour = wasm_f32x4_mul(colour, splat(wasm_f32x4_extract_lane(air, 0)));
      colour = mix4(colour, fog, wasm_f32x4_extract_lane(air, 1));
      put(out, wasm_f32x4_add(colour, splat(p[GRAIN] * grains[(x + grain_x) & (TILE - 1)])));
    }
  }
  draw_weather(f);
  write_planes(f);
}
