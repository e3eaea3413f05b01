/*
 * Program "parallax": a camera over a picture with depth, and the life in it.
 * Layer 0: the picture with a margin round the canvas; layer 1: depth over the whole of layer 0, f32, 0 far to 1 near.
 * Out to source: s = c - (depth(s) - pivot) * (shift + dolly * (s - centre)), c = centre + M * (out - middle of the canvas).
 * Geometry and light are slow functions of place: they are solved on a grid of CELL pixels and interpolated.
 */
enum {
  PAR_CENTRE_X = LIFE_END, PAR_CENTRE_Y, PAR_XX, PAR_XY, PAR_YX, PAR_YY,
  PAR_SHIFT_X, PAR_SHIFT_Y, PAR_DOLLY, PAR_PIVOT, PAR_SWAY, PAR_BACK_SWAY,
};

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

static Node solve_node(const Frame *f, float x, float y) {
  const float *p = f->params;
  const Layer *src = f->layers, *depth = f->layers + 1;
  float scale_x = (float)depth->width / (float)src->width, scale_y = (float)depth->height / (float)src->height;
  float unit = (float)(f->width < f->height ? f->width : f->height);
  uint32_t seed = (uint32_t)p[LIFE_SEED];
  float time = p[TIME];
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
  if (p[PAR_BACK_SWAY] > 0) {
    float far = (1 - smooth(0.1f, 0.35f, d)) * p[PAR_BACK_SWAY] * unit;
    sx += far * noise3(u * 4 + time * 0.7f, v * 4, time * 0.9f, seed + 37);
    sy += far * 0.5f * noise3(u * 4 + time * 0.7f, v * 4, time * 0.9f, seed + 53);
  }
  n.x = sx;
  n.y = sy;
  n.light = light_at(p, u, v);
  n.fog = fog_at(p, u, v, d);
  return n;
}

EXPORT("parallax") void parallax(const Frame *f) {
  const float *p = f->params;
  const Layer *src = f->layers;
  uint32_t noise_seed = (uint32_t)p[NOISE_SEED];
  v128_t fog = wasm_f32x4_make(p[FOG_R], p[FOG_G], p[FOG_B], 255);
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
      put(out, wasm_f32x4_add(colour, splat(p[GRAIN] * grains[(x + grain_x) & (TILE - 1)])));
    }
  }
  draw_weather(f);
  write_planes(f);
}
