import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSrt, formatVtt, type TimedCue } from './captions.ts';
import type { TimelineDocument, TimelineFile } from './contract.ts';
import type { Layer, Scene } from './scene-graph.ts';
import type { Timeline } from './schema/edit-schema.ts';

/** The cues of all caption layers that pass, in the time of the written film. */
export const cuesOfScene = (layers: readonly Layer[], scene: Scene, takes: (layer: Layer) => boolean): TimedCue[] => {
  const { range, frameRate } = scene;
  const seconds = (frame: number): number => (frame * frameRate.denominator) / frameRate.numerator;
  const offset = seconds(range.from);
  const length = seconds(range.to - range.from);
  return layers
    .flatMap((layer) => {
      if (layer.content.type !== 'caption' || !takes(layer)) return [];
      const at = (time: number): number => time + layer.startSeconds - offset;
      return layer.content.cues.map((cue) => ({
        from: Math.max(0, at(cue.fromSeconds)),
        to: Math.min(length, at(cue.toSeconds)),
        words: cue.words.map((word) => ({
          text: word.text,
          from: at(word.fromSeconds),
          to: at(word.toSeconds),
          endsLine: word.endsLine,
        })),
      }));
    })
    .filter((cue) => cue.to > cue.from)
    .sort((a, b) => a.from - b.from);
};

const sidecarPaths = (timeline: Timeline): Set<string> =>
  new Set(
    timeline.tracks.flatMap((track, trackIndex) =>
      track.clips.flatMap(({ asset }, clipIndex) =>
        'sidecar' in asset && asset.sidecar === true ? [`timeline.tracks[${trackIndex}].clips[${clipIndex}]`] : [],
      ),
    ),
  );

/** `sidecar: true` also writes the captions as srt and vtt beside the film. */
export const writeSidecars = async (document: TimelineDocument, scene: Scene, outputDir: string): Promise<TimelineFile[]> => {
  const wanted = sidecarPaths(document.edit.timeline);
  if (wanted.size === 0) return [];
  const cues = cuesOfScene(scene.layers, scene, (layer) => wanted.has(layer.path));
  return Promise.all([
    writeCaptions(cues, 'srt', join(outputDir, 'captions.srt')),
    writeCaptions(cues, 'vtt', join(outputDir, 'captions.vtt')),
  ]);
};

export const writeCaptions = async (cues: readonly TimedCue[], format: 'srt' | 'vtt', path: string): Promise<TimelineFile> => {
  await writeFile(path, format === 'srt' ? formatSrt(cues) : formatVtt(cues));
  return { role: 'captions', path, mediaType: format === 'srt' ? 'application/x-subrip' : 'text/vtt' };
};
