# Read by every command: the encoders as ours are. IN: the folder of the inputs; OUT: the file to write; FFMPEG: the program.
set -eu
FF="${FFMPEG:-ffmpeg} -hide_banner -loglevel error -nostdin -nostats -y"
COLOR="-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
# h264 RATE [CRF]: key frames each second, no B-frames, four threads.
h264() {
  echo "-c:v libx264 -profile:v high -pix_fmt yuv420p -preset veryfast -crf ${2:-23} -threads 4 -g $1 -keyint_min $1 -sc_threshold 0 -bf 0 \
-flags:v +cgop+bitexact -r $1 -fps_mode cfr $COLOR"
}
AAC="-c:a aac -b:a 192k -ar 48000 -ac 2"
MP4="-map_metadata -1 -movflags +faststart -f mp4"
# Silence as long as a silent film: players expect a track.
silence() { echo "-f lavfi -t $1 -i anullsrc=r=48000:cl=stereo"; }
# Stills come in RGB.
STILL="scale=out_color_matrix=bt709:out_range=tv"
