# Chroma key: a film before green over a still, which is scaled once.
# Not measured yet: chromakey, which works in YUV and cuts other pixels away.
. "$(dirname "$0")/common.sh"
$FF -threads 2 -t 10 -i "$IN/green.mp4" -i "$IN/photo-1.jpg" $(silence 10) -filter_complex "
  [1:v]scale=1280:800:flags=bicubic:out_color_matrix=bt709:out_range=tv,crop=1280:720,format=yuv420p,setsar=1,loop=299:1,fps=30,trim=end_frame=300,settb=1/30,setpts=N[b];
  [0:v]scale=in_color_matrix=bt709,format=rgba,colorkey=0x00ff00:0.27169:0.13585,scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[k];
  [b][k]overlay=0:0[v]" \
  -map '[v]' -map 2:a $(h264 30) $AAC $MP4 "$OUT"
