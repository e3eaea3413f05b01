"""Cross-fades with MoviePy 2."""
import os
from moviepy import CompositeVideoClip, VideoFileClip, vfx

here, out = os.environ["IN"], os.environ["OUT"]
clips = []
for index, name in enumerate(["a", "b", "c", "a", "b"]):
    clip = VideoFileClip(f"{here}/{name}.mp4").subclipped(2 * index, 2 * index + 4).without_audio().with_start(3 * index)
    clips.append(clip if index == 0 else clip.with_effects([vfx.CrossFadeIn(1)]))
CompositeVideoClip(clips).write_videofile(
    out, fps=30, codec="libx264", preset="veryfast", threads=4, ffmpeg_params=["-crf", "23"], logger=None
)
