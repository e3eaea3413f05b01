// A photographer's studio: rolled paper, one large soft light, a rim light, polished bodies on a plinth.
#pragma once
#include "overlay.h"
#include "slices.h"

// Knobs: 0 number of bodies, 1 gloss, 2 metal, 3 height of the plinth.
typedef struct { float x, y, z, r; } ball;
static ball balls[6];
static int ball_count;

INL v3 paper(f4 x, f4 y, f4 z) { // the backdrop: floor rolling up into the wall
  f4 pool = exp4((sq(x * 0.36f) + sq((z - 3.2f) * 0.30f)) * -0.9f), wall = exp4((sq(x * 0.30f) + sq((y - 1.1f) * 0.42f)) * -0.8f);
  f4 up = step4(0.0f, 1.0f, y);
  f4 grainy = fbm2(x * 7.0f, (y + z) * 7.0f, 6, F(pixel_angle() * 30.0f)) * 0.09f; // brushed plaster
  return scale3(mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), mix(pool, wall, up)), 0.30f + 0.85f * mix(pool, wall, up) + grainy);
}
INL f4 backdrop(v3 o, v3 d) { // distance along d: floor y = 0 to z = 5, a quarter circle, wall z = 6.2
  f4 floor_t = sel(d.y < -1e-4f, o.y / fmax4(-d.y, F(1e-4f)), F(1e5f)), wall_t = (6.2f - o.z) / fmax4(d.z, F(1e-3f));
  f4 t = fmin4(floor_t, wall_t);
  f4 r = F(1.2f), cy = o.y - 1.2f, cz = o.z - 5.0f;
  f4 b = cy * d.y + cz * d.z, a = d.y * d.y + d.z * d.z, disc = b * b - a * (cy * cy + cz * cz - r * r);
  f4 bend = (-b + sqrt4(fmax4(disc, F(0)))) / a;
  i4 in_bend = (disc > 0) & (o.z + d.z * bend > 5.0f) & (o.y + d.y * bend < 1.2f) & (bend > 0);
  return sel(in_bend, bend, t);
}
INL v3 soft_boxes(v3 d) { // what polished things see above and beside them
  float side = U_SUN_DIRECTION[0] > 0 ? 1.0f : -1.0f;
  f4 key_x = d.x * side, box = step4(0.25f, 0.40f, key_x) * step4(0.95f, 0.80f, key_x) * step4(0.30f, 0.42f, d.y) * step4(0.96f, 0.86f, d.y);
  f4 strip = step4(-0.98f, -0.90f, -key_x * -1.0f) * step4(-0.62f, -0.72f, key_x) * step4(-0.05f, 0.05f, d.y) * step4(0.8f, 0.7f, d.y);
  v3 c = mix3(scalef3(U3(U_COLOUR_A), 0.20f), scalef3(U3(U_COLOUR_B), 0.55f), step4(-0.3f, 0.7f, d.y));
  c = mad3(c, U3(U_SUN_COLOUR), box * 1.9f);
  return mad3(c, U3(U_HORIZON), strip * 1.3f);
}
INL f4 hit_ball(v3 o, v3 d, const ball *s) {
  v3 q = V(o.x - s->x, o.y - s->y, o.z - s->z);
  f4 b = dot3(q, d), disc = b * b - (dot3(q, q) - s->r * s->r), t = -b - sqrt4(fmax4(disc, F(0)));
  return sel((disc > 0) & (t > 0.01f), t, F(1e5f));
}
// Leaves before a lamp: their soft shadows sway over the backdrop.
INL f4 leaf_shadow(v3 q) {
  f4 sway = F(sinf1(U_TIME * 0.9f) * 0.10f + sinf1(U_TIME * 1.7f + 1.0f) * 0.05f);
  f4 x = q.x * 1.1f + q.z * 0.5f + sway + U_SEED[1], y = q.y * 1.1f + q.z * 0.45f + sway * 0.5f + U_SEED[2];
  f4 leaf = slice_fbm(1, x * 1.5f, y * 1.5f, 3, F(pixel_angle() * 9.0f));
  return 1.0f - 0.24f * step4(-0.10f, 0.34f, leaf);
}
INL f4 shade_from(v3 q, v3 n) { // how much of the key light reaches a point
  f4 open = F(1);
  v3 key = norm3(V1(U_SUN_DIRECTION[0] * 1.4f, 1.25f, -0.55f));
  for (int i = 0; i < ball_count; i++) {
    v3 to = V(balls[i].x - q.x, balls[i].y - q.y, balls[i].z - q.z);
    f4 along = dot3(to, key), miss = sqrt4(fmax4(dot3(to, to) - along * along, F(0)));
    f4 soft = 0.10f + fmax4(along, F(0)) * 0.24f;
    open *= sel(along > 0, step4(0, 1, (miss - balls[i].r + soft) / (soft * 2.0f)) , F(1));
    f4 far = sqrt4(dot3(to, to)), contact = sat(dot3(n, to) / far) * sq(balls[i].r / far);
    open *= 1.0f - 0.75f * sat(contact);
  }
  return open;
}
INL v3 ball_colour(int i) {
  return i % 3 == 0 ? U3(U_COLOUR_C) : i % 3 == 1 ? U3(U_COLOUR_D) : mix3(U3(U_COLOUR_C), V1(0.9f, 0.9f, 0.9f), F(0.7f));
}
INL v3 studio_ray(v3 o, v3 d, int bounce, v3 (*next)(v3, v3)) {
  f4 ground = backdrop(o, d), nearest = ground;
  i4 which = {-1, -1, -1, -1};
  for (int i = 0; i < ball_count; i++) {
    f4 t = hit_ball(o, d, &balls[i]);
    i4 closer = t < nearest;
    nearest = sel(closer, t, nearest);
    which = (closer & i) | (~closer & which);
  }
  // The plinth: an upright cylinder.
  float px = 0, pz = 3.3f, pr = 1.05f, ph = U_KNOBS[3];
  f4 ox = o.x - px, oz = o.z - pz, a = d.x * d.x + d.z * d.z, b = ox * d.x + oz * d.z, disc = b * b - a * (ox * ox + oz * oz - pr * pr);
  f4 side_t = (-b - sqrt4(fmax4(disc, F(0)))) / fmax4(a, F(1e-6f)), side_y = o.y + d.y * side_t;
  i4 on_side = (disc > 0) & (side_t > 0.01f) & (side_y < ph) & (side_y > 0) & (side_t < nearest);
  f4 top_t = (ph - o.y) / sel(abs4(d.y) < 1e-5f, F(1e-5f), d.y), tx = ox + d.x * top_t, tz = oz + d.z * top_t;
  i4 on_top = (tx * tx + tz * tz < pr * pr) & (top_t > 0.01f) & (top_t < nearest);
  nearest = sel(on_side, side_t, nearest), nearest = sel(on_top & ((top_t < side_t) | ~on_side), top_t, nearest);
  i4 plinth = on_side | on_top;
  which = which | plinth;

  v3 q = mad3(o, d, nearest), n;
  v3 flat = V1(0, 1, 0);
  n = sel3(plinth, sel3(on_top, flat, V(ox / pr + d.x * (side_t / pr), F(0), oz / pr + d.z * (side_t / pr))), sel3(q.y > 0.02f, norm3(V(F(0), fmax4(1.2f - q.y, F(0)), 5.0f - fmax4(q.z, F(5)))), flat));
  v3 key = norm3(V1(U_SUN_DIRECTION[0] * 1.4f, 1.25f, -0.55f));
  f4 open = shade_from(q, n);
  v3 albedo = sel3(plinth, mix3(U3(U_COLOUR_A), U3(U_COLOUR_B), F(0.75f)), paper(q.x, q.y, q.z));
  f4 falls = sel(plinth, sat(dot3(n, key)) * 0.85f + 0.25f, F(1));
  f4 by_plinth = 1.0f - 0.55f * exp4(fmax4(sqrt4(sq(q.x) + sq(q.z - pz)) - pr, F(0)) * -5.0f) * sel(plinth, F(0), F(1)) * sat(1.0f - q.y * 3.0f) * (ph > 0.01f ? 1.0f : 0.0f);
  v3 c = scale3(albedo, (0.28f + 0.72f * open) * falls * by_plinth * leaf_shadow(q));
  for (int i = 0; i < ball_count; i++) {
    i4 mine = which == i;
    if (!any(mine)) continue;
    v3 m = V((q.x - balls[i].x) / balls[i].r, (q.y - balls[i].y) / balls[i].r, (q.z - balls[i].z) / balls[i].r);
    v3 r = reflect3(d, m);
    f4 facing = sat(-dot3(d, m)), fresnel = U_KNOBS[2] + (1.0f - U_KNOBS[2]) * (0.04f + 0.96f * pow5(1.0f - facing));
    v3 seen = bounce ? next(q, r) : soft_boxes(r);
    v3 own = ball_colour(i);
    float spin = U_TIME * (0.35f + 0.12f * (float)i), cs = cosf1(spin), sn = sinf1(spin); // veins of a turning stone
    f4 mx = m.x * cs + m.z * sn, mz = m.z * cs - m.x * sn;
    f4 vein = fbm3(mx * 2.0f + 4.0f * (float)i, m.y * 2.0f, mz * 2.0f + 7.0f, 4, F(0.02f)), thin = sat(1.0f - abs4(vein) * 9.0f);
    own = mix3(own, mix3(scalef3(own, 0.35f), V1(0.9f, 0.86f, 0.8f), F(i % 2 ? 0.8f : 0.1f)), thin * thin * 0.6f);
    f4 lit = sat(dot3(m, key) * 0.75f + 0.25f) * (0.4f + 0.6f * open), below = sat(0.5f - 0.5f * m.y) * 0.35f;
    v3 body = mul3(own, mad3(scale3(U3(U_COLOUR_B), below), U3(U_SUN_COLOUR), lit * 0.8f));
    f4 rim = pow5(1.0f - facing) * sat(m.x * (U_SUN_DIRECTION[0] > 0 ? -1.0f : 1.0f) + 0.2f);
    v3 tinted = mix3(seen, mul3(seen, own), F(U_KNOBS[2]));
    v3 ball_c = add3(scale3(body, 1.0f - fresnel * 0.8f), scale3(tinted, fresnel * U_KNOBS[1] + 0.03f));
    c = sel3(mine, mad3(ball_c, U3(U_HORIZON), rim * 0.5f), c);
  }
  return c;
}
static v3 studio_end(v3 o, v3 d) { (void)o; return soft_boxes(d); }
NOINL v3 studio_mirror(v3 o, v3 d) {
  v3 boxes = soft_boxes(d), room = studio_ray(o, d, 0, studio_end);
  f4 box = sat(luma3(boxes) * 1.2f - 0.3f);
  return mix3(room, boxes, sel(d.y > 0.1f, F(1), box * 0.4f));
}
INL v3 shade_studio(const pixel *p) {
  v3 c = studio_ray(V1(U_EYE[0], U_EYE[1], U_EYE[2]), p->direction, 1, studio_mirror);
  return mad3(c, U3(U_SUN_COLOUR), motes(p, 2.6f, 0.03f, 0.0030f, 0.5f) * 0.10f);
}
static void place_balls(void) {
  ball_count = (int)U_KNOBS[0];
  if (ball_count > 6) ball_count = 6;
  for (int i = 0; i < ball_count; i++) {
    float a = unit_hash((unsigned)(U_SEED[0] * 1000), (unsigned)i, 1), b = unit_hash((unsigned)(U_SEED[0] * 1000), (unsigned)i, 2);
    float turn = 6.2832f * (float)i / (float)ball_count + U_SEED[1] + U_TIME * 0.10f, ring = i == 0 ? 0 : 0.62f;
    float r = i == 0 ? 0.42f + 0.10f * a : 0.13f + 0.13f * a;
    float bob = sinf1(U_TIME * (0.55f + 0.4f * b) + 6.0f * a) * 0.035f;
    balls[i] = (ball){ring * sinf1(turn), U_KNOBS[3] + r + (i == 0 ? 0.16f : 0.03f + 0.75f * b) + bob, 3.3f + ring * cosf1(turn), r};
  }
}
static void draw_studio(void) {
  place_balls();
  cut_slices(1, U_TIME * 0.30f, 3);
  DRAW(shade_studio)
}
