# Picture in picture: one film at three tenths in the corner of another.
# Not measured yet: automatic threads for the decoders.
. "$(dirname "$0")/common.sh"
$FF -threads 2 -t 16 -i "$IN/a.mp4" -threads 2 -t 16 -i "$IN/b.mp4" -filter_complex \
  "[1:v]scale=384:216:flags=bicubic[p];[0:v][p]overlay=864:36[v]" \
  -map '[v]' -map 0:a $(h264 30) $AAC $MP4 "$OUT"
