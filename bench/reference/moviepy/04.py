"""Picture in picture with MoviePy 2."""
import os
from moviepy import CompositeVideoClip, VideoFileClip

here, out = os.environ["IN"], os.environ["OUT"]
base = VideoFileClip(f"{here}/a.mp4").subclipped(0, 16)
small = VideoFileClip(f"{here}/b.mp4").subclipped(0, 16).without_audio().resized((384, 216)).with_position((864, 36))
CompositeVideoClip([base, small]).write_videofile(
    out, fps=30, codec="libx264", audio_codec="aac", preset="veryfast", threads=4, ffmpeg_params=["-crf", "23"], logger=None
)
