# Motion graphics at 60 frames a second: a star turns, a disc and a bar cross the frame.
# overlay alone places by whole pixels: the small stills are moved by the rest with perspective, and laid down at even places.
# Not measured yet: perspective over the whole frame.
. "$(dirname "$0")/common.sh"
S="$STILL,format=yuva444p,setsar=1,loop=479:1,fps=60,trim=end_frame=480,settb=1/60,setpts=N"
by() {
  echo "perspective=x0='-($1-2*floor(($1)/2))':y0='-($2-2*floor(($2)/2))':x1='W-($1-2*floor(($1)/2))':y1='-($2-2*floor(($2)/2))':\
x2='-($1-2*floor(($1)/2))':y2='H-($2-2*floor(($2)/2))':x3='W-($1-2*floor(($1)/2))':y3='H-($2-2*floor(($2)/2))':interpolation=linear:eval=frame"
}
at() { echo "$1" | sed 's/on/n/g'; }
DX='540+1280*(-0.35+0.7*on/480)-4'; DY='260-720*(0.25-0.45*on/480)-4'
BX='420+1280*(0.3-0.6*on/480)-4'; BY='290-216-4'
$FF -f lavfi -t 8 -i "color=0x102030:s=1280x720:r=60" -i "$IN/star.png" -i "$IN/disc.png" -i "$IN/bar.png" $(silence 8) -filter_complex "
  [0:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p[bg];
  [1:v]$S,rotate=a='PI*n/480':c=black@0,format=yuva420p[star];
  [2:v]$S,$(by "$DX" "$DY"),format=yuva420p[disc];
  [3:v]$S,$(by "$BX" "$BY"),format=yuva420p[bar];
  [bg][bar]overlay=x='2*floor(($(at "$BX"))/2)':y='2*floor(($BY)/2)'[one];
  [one][disc]overlay=x='2*floor(($(at "$DX"))/2)':y='2*floor(($(at "$DY"))/2)'[two];
  [two][star]overlay=456:176[v]" \
  -map '[v]' -map 4:a $(h264 60) $AAC $MP4 "$OUT"
