# Cross-fades: five clips of four seconds, one second of each pair mixed.
# Not measured yet: automatic threads for the decoders, blend instead of xfade.
. "$(dirname "$0")/common.sh"
P="settb=1/30,setpts=N,format=yuv420p"
$FF -threads 2 -t 4 -i "$IN/a.mp4" -threads 2 -ss 2 -t 4 -i "$IN/b.mp4" -threads 2 -ss 4 -t 4 -i "$IN/c.mp4" \
  -threads 2 -ss 6 -t 4 -i "$IN/a.mp4" -threads 2 -ss 8 -t 4 -i "$IN/b.mp4" $(silence 16) -filter_complex "
  [0:v]$P[a];[1:v]$P[b];[2:v]$P[c];[3:v]$P[d];[4:v]$P[e];
  [a][b]xfade=fade:1:3[ab];[ab][c]xfade=fade:1:6[abc];[abc][d]xfade=fade:1:9[abcd];[abcd][e]xfade=fade:1:12[v]" \
  -map '[v]' -map 5:a $(h264 30) $AAC $MP4 "$OUT"
