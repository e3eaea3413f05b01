/* Frames between the form in which they are drawn (RGBA) and the one in which films keep them: planes of Y, U and V, colour for two by
 * two pixels, BT.709, limited range. In 16.16 fixed point; loops are plain, so that the compiler makes vectors of them. */
typedef unsigned char u8;
typedef unsigned int u32;

extern u8 __heap_base;
__attribute__((export_name("heap_base"))) u8 *heap_base(void) { return &__heap_base; }

#define FIX(x) ((int)((x) * 65536.0 + ((x) < 0 ? -0.5 : 0.5)))
enum {
  YR = FIX(0.2126 * 219 / 255), YG = FIX(0.7152 * 219 / 255), YB = FIX(0.0722 * 219 / 255),
  UR = FIX(-0.2126 / 1.8556 * 224 / 255), UG = FIX(-0.7152 / 1.8556 * 224 / 255), UB = FIX(0.5 * 224 / 255),
  VR = FIX(0.5 * 224 / 255), VG = FIX(-0.7152 / 1.5748 * 224 / 255), VB = FIX(-0.0722 / 1.5748 * 224 / 255),
  CY = FIX(255.0 / 219), RV = FIX(1.5748 * 255 / 224), GU = FIX(-0.1873 * 255 / 224), GV = FIX(-0.4681 * 255 / 224),
  BU = FIX(1.8556 * 255 / 224),
};

static void luma(const u32 *restrict pixels, u8 *restrict y, int width) {
  for (int x = 0; x < width; x++) {
    u32 p = pixels[x];
    y[x] = (u8)((YR * (int)(p & 255) + YG * (int)((p >> 8) & 255) + YB * (int)((p >> 16) & 255) + (16 << 16) + 32768) >> 16);
  }
}

/* Colour of the mean of four pixels. */
static void chroma(const u32 *restrict upper, const u32 *restrict lower, u8 *restrict u, u8 *restrict v, int half) {
  for (int x = 0; x < half; x++) {
    u32 a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
    u32 red_blue = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff);
    int red = (int)(red_blue & 0xffff), blue = (int)(red_blue >> 16);
    int green = (int)(((a >> 8) & 255) + ((b >> 8) & 255) + ((c >> 8) & 255) + ((d >> 8) & 255));
    u[x] = (u8)((UR * red + UG * green + UB * blue + (128 << 18) + 131072) >> 18);
    v[x] = (u8)((VR * red + VG * green + VB * blue + (128 << 18) + 131072) >> 18);
  }
}

/* Writes an area of the frame, whose pixels lie close together. All numbers must be even. */
__attribute__((export_name("to_yuv"))) void to_yuv(const u32 *rgba, u8 *yuv, int width, int height, int left, int top, int w, int h) {
  u8 *u = yuv + width * height, *v = u + (width / 2) * (height / 2);
  for (int row = 0; row < h; row += 2) {
    const u32 *upper = rgba + row * w, *lower = upper + w;
    int y = top + row, at = (y / 2) * (width / 2) + left / 2;
    luma(upper, yuv + y * width + left, w);
    luma(lower, yuv + (y + 1) * width + left, w);
    chroma(upper, lower, u + at, v + at, w / 2);
  }
}

static int clamp(int value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

/* `shares`: room for three numbers a pixel of a row. */
static void colours(const u8 *restrict y, const int *restrict red, const int *restrict green, const int *restrict blue,
                    u32 *restrict pixels, int width) {
  for (int x = 0; x < width; x++) {
    int light = CY * ((int)y[x] - 16) + 32768;
    pixels[x] = (u32)clamp((light + red[x]) >> 16) | (u32)clamp((light + green[x]) >> 16) << 8 |
                (u32)clamp((light + blue[x]) >> 16) << 16 | 0xff000000u;
  }
}

__attribute__((export_name("to_rgba"))) void to_rgba(const u8 *yuv, u32 *rgba, int *shares, int width, int height, int left, int top,
                                                     int w, int h) {
  const u8 *u = yuv + width * height, *v = u + (width / 2) * (height / 2);
  int *red = shares, *green = shares + w, *blue = shares + 2 * w;
  for (int row = 0; row < h; row += 2) {
    int y = top + row, at = (y / 2) * (width / 2) + left / 2;
    for (int x = 0; x < w / 2; x++) {
      int du = (int)u[at + x] - 128, dv = (int)v[at + x] - 128;
      red[2 * x] = red[2 * x + 1] = RV * dv;
      green[2 * x] = green[2 * x + 1] = GU * du + GV * dv;
      blue[2 * x] = blue[2 * x + 1] = BU * du;
    }
    colours(yuv + y * width + left, red, green, blue, rgba + row * w, w);
    colours(yuv + (y + 1) * width + left, red, green, blue, rgba + (row + 1) * w, w);
  }
}
