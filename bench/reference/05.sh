# Captions over a film: a still for each word that is being spoken, one after the other.
# Not measured yet: one input a still with enable=. subtitles= lays out and draws other letters.
. "$(dirname "$0")/common.sh"
$FF -threads 2 -t "$SECONDS_" -i "$IN/a.mp4" -f concat -safe 0 -i "$IN/05.ffconcat" -filter_complex \
  "[1:v]$STILL,format=yuva420p,fps=30[c];[0:v][c]overlay=140:504:eof_action=pass[v]" \
  -map '[v]' -map 0:a -t "$SECONDS_" $(h264 30) $AAC $MP4 "$OUT"
