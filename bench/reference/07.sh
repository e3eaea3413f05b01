# A film under four tracks of sound.
# Not measured yet: weights of amix instead of volume.
. "$(dirname "$0")/common.sh"
A="aformat=sample_fmts=fltp:channel_layouts=stereo,aresample=48000"
$FF -t 20 -i "$IN/b.mp4" -ss 1 -t 16 -i "$IN/voice.wav" -t 20 -i "$IN/music.mp3" -t 12 -i "$IN/beat.m4a" -t 20 -i "$IN/noise.mp3" \
  -filter_complex "[1:a]$A,adelay=2000:all=1[a];[2:a]$A,volume=0.5,afade=in:d=1,afade=out:st=19:d=1[b];[3:a]$A,volume=0.8,adelay=4000:all=1[c];
  [4:a]$A,volume=0.3[d];[a][b][c][d]amix=4:normalize=0,alimiter=0.97:level=0:latency=1[s]" \
  -map 0:v -map '[s]' -t 20 $(h264 30) $AAC $MP4 "$OUT"
