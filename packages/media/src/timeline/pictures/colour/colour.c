/* Frames between the form in which they are drawn (RGBA) and the one in which films keep them: planes of Y, U and V, colour for two by
 * two pixels, BT.709, limited range. In 16.16 fixed point; loops are plain, so that the compiler makes vectors of them. */
typedef unsigned char u8;
typedef unsigned short u16;
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

/* All sides are even, here and below. */
__attribute__((export_name("to_yuv"))) void to_yuv(const u32 *rgba, u8 *yuv, int width, int height) {
  u8 *u = yuv + width * height, *v = u + (width / 2) * (height / 2);
  for (int row = 0; row < height; row += 2) {
    const u32 *upper = rgba + row * width, *lower = upper + width;
    int at = (row / 2) * (width / 2);
    luma(upper, yuv + row * width, width);
    luma(lower, yuv + (row + 1) * width, width);
    chroma(upper, lower, u + at, v + at, width / 2);
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

/* Two rows that share their colour. */
static void two_rows(const u8 *y, const u8 *u, const u8 *v, u32 *pixels, int *shares, int width) {
  int *red = shares, *green = shares + width, *blue = shares + 2 * width;
  for (int x = 0; x < width / 2; x++) {
    int du = (int)u[x] - 128, dv = (int)v[x] - 128;
    red[2 * x] = red[2 * x + 1] = RV * dv;
    green[2 * x] = green[2 * x + 1] = GU * du + GV * dv;
    blue[2 * x] = blue[2 * x + 1] = BU * du;
  }
  colours(y, red, green, blue, pixels, width);
  colours(y + width, red, green, blue, pixels + width, width);
}

/* The key colour. Squares of distances: up to `inner` a pixel goes, from `outer` on it stays. */
static struct {
  int red, green, blue, inner, outer;
  double threshold, halo, spill;
  /* Where the channel that is strongest in the key lies in a pixel, and the other two. */
  int strongest, second, third;
} key;

__attribute__((export_name("set_key"))) void set_key(int red, int green, int blue, double threshold, double halo, double spill) {
  int strongest = green >= red && green >= blue ? 1 : blue >= red ? 2 : 0;
  double outer = (threshold + halo) * (threshold + halo);
  key.red = red, key.green = green, key.blue = blue;
  key.threshold = threshold, key.halo = halo, key.spill = spill;
  key.inner = (int)(threshold * threshold);
  key.outer = (int)outer + ((int)outer < outer);
  key.strongest = 8 * strongest, key.second = 8 * ((strongest + 1) % 3), key.third = 8 * ((strongest + 2) % 3);
}

/* To the nearest, halves to the even one, as Uint8ClampedArray does. */
static u32 rounded(double value) { return (u32)clamp((int)__builtin_rint(value)); }

static u32 keyed(u32 p) {
  int dr = (int)(p & 255) - key.red, dg = (int)((p >> 8) & 255) - key.green, db = (int)((p >> 16) & 255) - key.blue;
  int square = dr * dr + dg * dg + db * db;
  if (square <= key.inner) return p & 0xffffff;
  if (square < key.outer) {
    double share = (__builtin_sqrt((double)square) - key.threshold) / key.halo;
    p = (p & 0xffffff) | rounded((double)(p >> 24) * share) << 24;
  }
  if (key.spill > 0) {
    int strongest = (int)(p >> key.strongest & 255);
    double excess = strongest - (double)((p >> key.second & 255) + (p >> key.third & 255)) / 2;
    if (excess > 0) p = (p & ~(255u << key.strongest)) | rounded(strongest - excess * key.spill) << key.strongest;
  }
  return p;
}

/* Most pixels are far from the key or near it, and so are their neighbours: four at once need no root. */
typedef u32 four __attribute__((vector_size(16), aligned(4)));
typedef int four_signed __attribute__((vector_size(16)));

__attribute__((export_name("apply_key"))) void apply_key(u32 *pixels, int count) {
  int x = 0;
  for (; x + 4 <= count; x += 4) {
    four p = *(const four *)(pixels + x);
    four_signed dr = (four_signed)(p & 255) - key.red, dg = (four_signed)((p >> 8) & 255) - key.green;
    four_signed db = (four_signed)((p >> 16) & 255) - key.blue, square = dr * dr + dg * dg + db * db;
    if (__builtin_wasm_all_true_i32x4(square <= key.inner)) {
      *(four *)(pixels + x) = p & 0xffffff;
      continue;
    }
    int stays = __builtin_wasm_all_true_i32x4(square >= key.outer);
    if (stays && key.spill > 0) {
      four_signed strongest = (four_signed)(p >> (u32)key.strongest & 255);
      four_signed others = (four_signed)((p >> (u32)key.second & 255) + (p >> (u32)key.third & 255));
      stays = __builtin_wasm_all_true_i32x4(strongest + strongest <= others);
    }
    if (!stays)
      for (int i = x; i < x + 4; i++) pixels[i] = keyed(pixels[i]);
  }
  for (; x < count; x++) pixels[x] = keyed(pixels[x]);
}

__attribute__((export_name("to_rgba"))) void to_rgba(const u8 *yuv, u32 *rgba, int *shares, int width, int height, int is_keyed) {
  const u8 *u = yuv + width * height, *v = u + (width / 2) * (height / 2);
  for (int row = 0; row < height; row += 2) {
    int at = (row / 2) * (width / 2);
    two_rows(yuv + row * width, u + at, v + at, rgba + row * width, shares, width);
    if (is_keyed) apply_key(rgba + row * width, 2 * width);
  }
}

static int clamp16(int value) { return value < 0 ? 0 : value > 65535 ? 65535 : value; }

/* A picture ready to be laid on planes: for Y, and for U and V, its alpha and its values times alpha. */
struct lifted {
  u8 *alpha, *colour_alpha;
  u16 *y, *u, *v;
};

static struct lifted lifted_at(u8 *memory, int width, int height) {
  int count = width * height;
  struct lifted picture;
  picture.y = (u16 *)memory, picture.u = picture.y + count, picture.v = picture.u + count / 4;
  picture.alpha = (u8 *)(picture.v + count / 4), picture.colour_alpha = picture.alpha + count;
  return picture;
}

static void lift_luma(const u32 *restrict pixels, u8 *restrict alpha, u16 *restrict y, int count) {
  for (int x = 0; x < count; x++) {
    u32 p = pixels[x], a = p >> 24;
    alpha[x] = (u8)a;
    y[x] = (u16)(((YR * (a * (p & 255)) + YG * (a * (p >> 8 & 255)) + YB * (a * (p >> 16 & 255)) + 32768) >> 16) + 16 * a);
  }
}

/* Straight alpha; 4.5 bytes a pixel. */
__attribute__((export_name("lift"))) void lift(const u32 *rgba, u8 *memory, int width, int height) {
  struct lifted to = lifted_at(memory, width, height);
  lift_luma(rgba, to.alpha, to.y, width * height);
  for (int row = 0, at = 0; row < height; row += 2) {
    for (int x = 0; x < width; x += 2, at++) {
      const u32 *p = rgba + row * width + x;
      const u32 block[4] = {p[0], p[1], p[width], p[width + 1]};
      int a = 0, red = 0, green = 0, blue = 0;
      for (int i = 0; i < 4; i++) {
        int share = (int)(block[i] >> 24);
        a += share;
        red += share * (int)(block[i] & 255), green += share * (int)(block[i] >> 8 & 255), blue += share * (int)(block[i] >> 16 & 255);
      }
      a = (a + 2) >> 2, red = (red + 2) >> 2, green = (green + 2) >> 2, blue = (blue + 2) >> 2;
      to.colour_alpha[at] = (u8)a;
      to.u[at] = (u16)clamp16(((UR * red + UG * green + UB * blue + 32768) >> 16) + 128 * a);
      to.v[at] = (u16)clamp16(((VR * red + VG * green + VB * blue + 32768) >> 16) + 128 * a);
    }
  }
}

/* `strength`: opacity * 2^22 / 255. */
static void blend(u8 *restrict plane, const u16 *restrict values, const u8 *restrict alpha, int count, int strength) {
  for (int x = 0; x < count; x++) {
    int under = plane[x], away = (int)values[x] - (int)alpha[x] * under;
    plane[x] = (u8)(under + ((away * strength + (1 << 21)) >> 22));
  }
}

__attribute__((export_name("lay_lifted"))) void lay_lifted(u8 *yuv, u8 *memory, int width, int height, int strength) {
  struct lifted over = lifted_at(memory, width, height);
  int count = width * height;
  blend(yuv, over.y, over.alpha, count, strength);
  blend(yuv + count, over.u, over.colour_alpha, count / 4, strength);
  blend(yuv + count + count / 4, over.v, over.colour_alpha, count / 4, strength);
}

static void mix(u8 *restrict plane, const u8 *restrict film, const u8 *restrict alpha, int count, int strength) {
  for (int x = 0; x < count; x++) {
    int under = plane[x], away = ((int)film[x] - under) * (int)alpha[x];
    plane[x] = (u8)(under + ((away * strength + (1 << 21)) >> 22));
  }
}

static void alphas(const u32 *restrict pixels, u8 *restrict alpha, u8 *restrict colour_alpha, int width) {
  for (int x = 0; x < 2 * width; x++) alpha[x] = (u8)(pixels[x] >> 24);
  for (int x = 0; x < width / 2; x++) {
    const u8 *upper = alpha + 2 * x, *lower = upper + width;
    colour_alpha[x] = (u8)((upper[0] + upper[1] + lower[0] + lower[1] + 2) >> 2);
  }
}

/* Lays a film of the same size over planes. `shares`: room for eight numbers a pixel of a row. */
__attribute__((export_name("lay_film"))) void lay_film(u8 *yuv, const u8 *film, int *shares, int width, int height, int strength,
                                                       int is_keyed) {
  int half = width / 2, first = width * height, second = first + half * (height / 2);
  u32 *pixels = (u32 *)(shares + 3 * width);
  u8 *alpha = (u8 *)(pixels + 2 * width), *colour_alpha = alpha + 2 * width;
  for (int x = 0; x < 2 * width + half; x++) alpha[x] = 255;
  for (int row = 0; row < height; row += 2) {
    int at = row * width, colour_at = (row / 2) * half;
    if (is_keyed) {
      two_rows(film + at, film + first + colour_at, film + second + colour_at, pixels, shares, width);
      apply_key(pixels, 2 * width);
      alphas(pixels, alpha, colour_alpha, width);
    }
    mix(yuv + at, film + at, alpha, 2 * width, strength);
    mix(yuv + first + colour_at, film + first + colour_at, colour_alpha, half, strength);
    mix(yuv + second + colour_at, film + second + colour_at, colour_alpha, half, strength);
  }
}
