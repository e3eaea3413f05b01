/*
 * Program "talk": a portrait whose jaw, lips and head move. Layer 0: the picture, canvas sized.
 * Mouth space: origin between the inner mouth corners, x along them, unit = pixels.
 */
enum {
  /* head: centre and radii of the ellipse that moves rigidly, pivot, then this frame's move */
  TALK_HEAD_X = LIFE_END, TALK_HEAD_Y, TALK_HEAD_RX, TALK_HEAD_RY, TALK_PIVOT_X, TALK_PIVOT_Y,
  TALK_MOVE_X, TALK_MOVE_Y, TALK_TURN, TALK_GROW,
  /* mouth */
  TALK_MOUTH_X, TALK_MOUTH_Y, TALK_AXIS_X, TALK_AXIS_Y, TALK_HALF_WIDTH,
  TALK_CURVE_0, TALK_CURVE_1, TALK_CURVE_2, TALK_CURVE_3,
  TALK_LIP_BELOW, TALK_LIP_ABOVE, TALK_CHIN, TALK_CHIN_END, TALK_JAW_HALF, TALK_NOSE,
  TALK_OPEN, TALK_RAISE, TALK_ROUND, TALK_TEETH, TALK_OPEN_MAX,
  TALK_DARK_R, TALK_DARK_G, TALK_DARK_B, TALK_TONGUE_R, TALK_TONGUE_G, TALK_TONGUE_B, TALK_TOOTH_R, TALK_TOOTH_G, TALK_TOOTH_B,
};

/* Where the head's movement has died away, in radii of the head. */
#define HEAD_REACH 2.6f

static inline float lip_profile(float u) {
  float v = 1 - u * u;
  return v <= 0 ? 0 : v * (1.4f - 0.4f * v);
}

/* How far the skin at source height `y` (below the lip line by `below`) is carried down by the jaw. */
static float jaw_drop(const float *p, float x, float y, float below) {
  float lip = lip_profile(x / p[TALK_HALF_WIDTH]);
  float v = x / p[TALK_JAW_HALF];
  float jaw = 1 - v * v;
  jaw = jaw <= 0 ? 0 : jaw * jaw;
  float k = smooth(0, p[TALK_LIP_BELOW], below);
  float fall = 1 - smooth(p[TALK_CHIN] * 0.85f, p[TALK_CHIN_END], y);
  return p[TALK_OPEN] * (lip + (jaw * 0.9f - lip) * k) * fall;
}

static v128_t mouth_inside(const float *p, float u, float from_top, float gap) {
  v128_t dark = wasm_f32x4_make(p[TALK_DARK_R], p[TALK_DARK_G], p[TALK_DARK_B], 255);
  v128_t tongue = wasm_f32x4_make(p[TALK_TONGUE_R], p[TALK_TONGUE_G], p[TALK_TONGUE_B], 255);
  v128_t tooth = wasm_f32x4_make(p[TALK_TOOTH_R], p[TALK_TOOTH_G], p[TALK_TOOTH_B], 255);
  float full = p[TALK_OPEN_MAX];
  v128_t c = mix4(dark, tongue, 0.8f * smooth(0.45f, 1.0f, from_top / full) * (1 - u * u));
  float band = full * 0.42f;
  if (band > gap * 0.6f) band = gap * 0.6f;
  float t = from_top / band;
  float shade = 0.55f + 0.45f * smooth(0, 0.7f, t);
  float a = p[TALK_TEETH] * (1 - smooth(0.72f, 1.05f, t)) * smooth(0.95f, 0.45f, absf(u)) * smooth(full * 0.3f, full * 0.9f, gap);
  return mix4(c, wasm_f32x4_mul(tooth, splat(shade)), a);
}

EXPORT("talk") void talk(const Frame *f) {
  const float *p = f->params;
  const Layer *src = f->layers;
  uint32_t noise_seed = (uint32_t)p[NOISE_SEED];
  float ax = p[TALK_AXIS_X], ay = p[TALK_AXIS_Y], hw = p[TALK_HALF_WIDTH];
  float edge_x = 1 / (0.06f * (float)f->width), edge_y = 1 / (0.06f * (float)f->height);
  int grain_x = grain_offset(noise_seed);
  make_tile();
  float reach = p[TALK_JAW_HALF] > hw * 2 ? p[TALK_JAW_HALF] : hw * 2;
  for (int y = 0; y < f->height; y++) {
    uint8_t *out = f->out + y * f->width * 4;
    const float *grains = grain_row(y, noise_seed);
    float to_edge_y = (float)(y < f->height - 1 - y ? y : f->height - 1 - y) * edge_y;
    for (int x = 0; x < f->width; x++, out += 4) {
      float to_edge_x = (float)(x < f->width - 1 - x ? x : f->width - 1 - x) * edge_x;
      /* the head, and less and less of what is round it, moves as one; the frame's border stays */
      float hx = ((float)x - p[TALK_HEAD_X]) / p[TALK_HEAD_RX], hy = ((float)y - p[TALK_HEAD_Y]) / p[TALK_HEAD_RY];
      float r = hx * hx + hy * hy;
      if (r > HEAD_REACH * HEAD_REACH) {
        /* far from the head nothing moves */
        put(out, wasm_f32x4_add(texel(src->data + (y * src->width + x) * 4), splat(p[GRAIN] * grains[(x + grain_x) & (TILE - 1)])));
        continue;
      }
      r = __builtin_sqrtf(r);
      float w = (1 - smooth(1.0f, HEAD_REACH, r)) * smooth(0, 1, to_edge_x) * smooth(0, 1, to_edge_y);
      float px = (float)x - p[TALK_PIVOT_X], py = (float)y - p[TALK_PIVOT_Y];
      float qx = (float)x - w * (p[TALK_MOVE_X] + p[TALK_GROW] * px - p[TALK_TURN] * py);
      float qy = (float)y - w * (p[TALK_MOVE_Y] + p[TALK_GROW] * py + p[TALK_TURN] * px);
      /* mouth space */
      float dx = qx - p[TALK_MOUTH_X], dy = qy - p[TALK_MOUTH_Y];
      float mx = dx * ax + dy * ay, my = dy * ax - dx * ay;
      v128_t colour;
      if (absf(mx) > reach || my > p[TALK_CHIN_END] * 1.2f || my < -p[TALK_NOSE] * 1.2f) {
        colour = sample(src, qx, qy);
      } else {
        float bx = mx / (hw * 2), by = my / (p[TALK_LIP_BELOW] * 2.2f);
        float bump = 1 - (bx * bx + by * by);
        bump = bump <= 0 ? 0 : bump * bump;
        float sx = mx * (1 + p[TALK_ROUND] * bump);
        float u = clampf(sx / hw, -1, 1);
        float s = p[TALK_CURVE_0] + u * (p[TALK_CURVE_1] + u * (p[TALK_CURVE_2] + u * p[TALK_CURVE_3]));
        float profile = lip_profile(sx / hw);
        float top = s - p[TALK_RAISE] * profile, bottom = s + p[TALK_OPEN] * profile;
        float sy;
        if (my >= 0.5f * (top + bottom)) {
          float from = my < bottom ? bottom : my;
          sy = from - p[TALK_OPEN] * profile;
          for (int i = 0; i < 5; i++) {
            float below = sy - s < 0 ? 0 : sy - s;
            sy = from - jaw_drop(p, sx, sy, below);
          }
          if (sy < s && my >= s) sy = s;
        } else {
          float to = my > top ? top : my;
          sy = to;
          for (int i = 0; i < 4; i++) {
            float above = s - sy < 0 ? 0 : s - sy;
            float lift = p[TALK_RAISE] * profile * (1 - smooth(p[TALK_LIP_ABOVE] * 0.5f, p[TALK_NOSE], above));
            sy = to + lift;
          }
        }
        colour = sample(src, p[TALK_MOUTH_X] + sx * ax - sy * ay, p[TALK_MOUTH_Y] + sx * ay + sy * ax);
        float inside = my - top < bottom - my ? my - top : bottom - my;
        float soft = 0.03f * hw < 0.7f ? 0.7f : 0.03f * hw;
        float a = smooth(-soft, soft, inside);
        if (a > 0 && bottom > top) {
          float gap = bottom - top;
          a *= smooth(0, 2 * soft, gap);
          colour = mix4(colour, mouth_inside(p, u, clampf(my - top, 0, gap), gap), a);
        }
      }
      put(out, wasm_f32x4_add(colour, splat(p[GRAIN] * grains[(x + grain_x) & (TILE - 1)])));
    }
  }
  write_planes(f);
}
