# Ken Burns: four stills, each grows (or shrinks) by a fifth over four seconds.
# Tried before (1280x720, 150 frames): zoompan, 0.8 s, but it moves by whole pixels (0.18 px rms), and 3.5 s on an 8000 wide
# enlargement (0.04 px rms); scale=eval=frame and crop, 2.2 s (0.28 px rms). perspective is smooth (0.005 px rms): at the size of the
# frame 3.1 s but soft, larger and then scaled 6 s. Taken: the size that the largest moment needs. Without the second scaling, by perspective alone and
# a cut: as long, and as like. Encoded at CRF 18, as the film is: at 23 two encoders lose different parts of so much that moves.
. "$(dirname "$0")/common.sh"
# The filter counts frames from 1, and places from the middle of a pixel.
still() {
  SHIFT="0.5/($2)-0.5"
  L="W/2-W/2/($2)+$SHIFT" R="W/2+W/2/($2)+$SHIFT" T="H/2-H/2/($2)+$SHIFT" B="H/2+H/2/($2)+$SHIFT"
  echo "[$1:v]scale=1536:960:flags=bicubic:out_color_matrix=bt709:out_range=tv,crop=1536:864,format=yuv420p,setsar=1,loop=119:1,fps=30,trim=end_frame=120,settb=1/30,setpts=N,\
perspective=x0='$L':y0='$T':x1='$R':y1='$T':x2='$L':y2='$B':x3='$R':y3='$B':interpolation=cubic:eval=frame,\
scale=1280:720:flags=bicubic[s$1];"
}
IN_='1+0.2*(on-1)/120'
OUT_='1.2-0.2*(on-1)/120'
$FF -i "$IN/photo-1.jpg" -i "$IN/photo-2.jpg" -i "$IN/photo-3.jpg" -i "$IN/photo-4.jpg" $(silence 16) -filter_complex \
  "$(still 0 "$IN_")$(still 1 "$OUT_")$(still 2 "$IN_")$(still 3 "$OUT_")[s0][s1][s2][s3]concat=n=4[v]" \
  -map '[v]' -map 4:a $(h264 30 18) $AAC $MP4 "$OUT"
