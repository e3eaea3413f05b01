# A minute of 1080p with four titles that fade in and out; each still is converted once.
# Not measured yet: one overlay whose input holds the four with gaps.
. "$(dirname "$0")/common.sh"
title() { echo "[$1:v]$STILL,format=yuva420p,loop=149:1,fps=30,trim=end_frame=150,settb=1/30,setpts=N,fade=in:d=0.5:alpha=1,fade=out:st=4.5:d=0.5:alpha=1,setpts=PTS+$2/TB[t$1];"; }
$FF -threads 2 -i "$IN/large.mp4" -i "$IN/title-1.png" -i "$IN/title-2.png" -i "$IN/title-3.png" -i "$IN/title-4.png" -filter_complex "
  $(title 1 2)$(title 2 17)$(title 3 32)$(title 4 47)
  [0:v][t1]overlay=360:812:eof_action=pass:enable='between(t,2,7)'[a];[a][t2]overlay=360:812:eof_action=pass:enable='between(t,17,22)'[b];
  [b][t3]overlay=360:812:eof_action=pass:enable='between(t,32,37)'[c];[c][t4]overlay=360:812:eof_action=pass:enable='between(t,47,52)'[v]" \
  -map '[v]' -map 0:a -t 60 $(h264 30) $AAC $MP4 "$OUT"
