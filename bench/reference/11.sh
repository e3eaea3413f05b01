# A GIF of four seconds with a palette of its own.
# The scaler is told to be precise, as ours is: without that it darkens by two levels, and other pixels get other dots. Other ditherings
# are other films.
. "$(dirname "$0")/common.sh"
$FF -threads 2 -ss 3 -t 4 -i "$IN/a.mp4" -filter_complex "fps=15:round=up,scale=480:270:flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709,format=rgba,split[a][b];
  [a]palettegen=reserve_transparent=0:stats_mode=diff[p];[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle" -loop 0 -f gif "$OUT"
