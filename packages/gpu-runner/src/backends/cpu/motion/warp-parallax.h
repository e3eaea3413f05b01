/*
 * Program "parallax": a camera over a picture with depth. Layer 0: the picture, which may be larger than the canvas.
 * Out to source: source = centre + M * (out - canvas centre) ; M row-major.
 */
enum { PAR_NOISE_SEED, PAR_GRAIN, PAR_CENTRE_X, PAR_CENTRE_Y, PAR_XX, PAR_XY, PAR_YX, PAR_YY };

EXPORT("parallax") void parallax(const Frame *f) {
  const float *p = f->params;
  const Layer *src = f->layers;
  uint32_t noise_seed = (uint32_t)p[PAR_NOISE_SEED];
  float cx = 0.5f * (float)(f->width - 1), cy = 0.5f * (float)(f->height - 1);
  for (int y = 0; y < f->height; y++) {
    uint8_t *out = f->out + y * f->width * 4;
    for (int x = 0; x < f->width; x++, out += 4) {
      float ox = (float)x - cx, oy = (float)y - cy;
      v128_t colour = sample(src, p[PAR_CENTRE_X] + p[PAR_XX] * ox + p[PAR_XY] * oy, p[PAR_CENTRE_Y] + p[PAR_YX] * ox + p[PAR_YY] * oy);
      float n = p[PAR_GRAIN] * grain((uint32_t)x, (uint32_t)y, noise_seed);
      put(out, wasm_f32x4_add(colour, splat(n)));
    }
  }
}
