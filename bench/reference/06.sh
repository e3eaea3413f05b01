# Many short clips: forty cuts of half a second out of three films, none at a key frame.
# Not measured yet: select over the three whole films, two threads a decoder.
. "$(dirname "$0")/common.sh"
INPUTS=""
GRAPH=""
LABELS=""
n=0
while read -r name trim; do
  INPUTS="$INPUTS -threads 1 -ss $trim -t 0.5 -i $IN/$name"
  GRAPH="$GRAPH[$n:v]settb=1/30,setpts=N,trim=end_frame=15[s$n];"
  LABELS="$LABELS[s$n]"
  n=$((n + 1))
done < "$IN/06.txt"
$FF $INPUTS $(silence 20) -filter_complex "$GRAPH${LABELS}concat=n=$n[v]" -map '[v]' -map $n:a $(h264 30) $AAC $MP4 "$OUT"
