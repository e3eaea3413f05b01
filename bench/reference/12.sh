# Sound alone: three tracks in one MP3.
# Not measured yet: nothing faster is known, the encoder has one thread.
. "$(dirname "$0")/common.sh"
A="aformat=sample_fmts=fltp:channel_layouts=stereo,aresample=48000"
$FF -t 50 -i "$IN/voice.wav" -t 55 -i "$IN/music.mp3" -ss 2 -t 40 -i "$IN/beat.m4a" -filter_complex "
  [0:a]$A,adelay=1000:all=1[a];[1:a]$A,volume=0.5,afade=in:d=1,afade=out:st=54:d=1[b];[2:a]$A,volume=0.6,adelay=3000:all=1[c];
  [a][b][c]amix=3:normalize=0,alimiter=0.97:level=0:latency=1[s]" -map '[s]' -t 55 -c:a libmp3lame -b:a 192k -ar 48000 -ac 2 -f mp3 "$OUT"
