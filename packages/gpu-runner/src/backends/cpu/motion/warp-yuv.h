/*
 * RGBA to the encoder's planes: BT.709, TV range, 4:2:0 with chroma sited left, as H.264 assumes. Fixed point with 16 bits after the point:
 * the same bytes everywhere, and less than half of the bytes that RGBA would push through the encoder's pipe.
 */
static inline int luma_of(const uint8_t *p) { return (11966 * p[0] + 40254 * p[1] + 4064 * p[2] + (16 << 16) + 32768) >> 16; }

static void write_planes(const Frame *f) {
  int width = f->width, height = f->height;
  uint8_t *luma = f->yuv, *blue = luma + width * height, *red = blue + (width / 2) * (height / 2);
  for (int i = 0; i < width * height; i++) luma[i] = (uint8_t)luma_of(f->out + i * 4);
  for (int y = 0; y < height; y += 2) {
    const uint8_t *above = f->out + y * width * 4, *below = above + width * 4;
    for (int x = 0; x < width; x += 2) {
      int left = x > 0 ? (x - 1) * 4 : 0, here = x * 4, right = (x + 1) * 4;
      int c[3];
      for (int k = 0; k < 3; k++) c[k] = above[left + k] + 2 * above[here + k] + above[right + k] + below[left + k] + 2 * below[here + k] + below[right + k];
      /* c is eight times the colour */
      *blue++ = (uint8_t)((-6596 * c[0] - 22188 * c[1] + 28784 * c[2] + (128 << 19) + (1 << 18)) >> 19);
      *red++ = (uint8_t)((28784 * c[0] - 26145 * c[1] - 2639 * c[2] + (128 << 19) + (1 << 18)) >> 19);
    }
  }
}
