"""Many short clips with MoviePy 2."""
import os
from moviepy import VideoFileClip, concatenate_videoclips

here, out = os.environ["IN"], os.environ["OUT"]
cuts = [line.split() for line in open(f"{here}/06.txt")]
films = {name: VideoFileClip(f"{here}/{name}").without_audio() for name in {name for name, _ in cuts}}
clips = [films[name].subclipped(float(trim), float(trim) + 0.5) for name, trim in cuts]
concatenate_videoclips(clips).write_videofile(
    out, fps=30, codec="libx264", preset="veryfast", threads=4, ffmpeg_params=["-crf", "23"], logger=None
)
