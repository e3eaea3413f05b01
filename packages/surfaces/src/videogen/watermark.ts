import type { JobSpec, RunnerTaskType, VisibleMarkSpec } from '@polyreel/core';
import { badParameter } from './errors.ts';
import type { Settings } from './settings.ts';

export type WatermarkMode = 'NONE' | 'VIDEO_GEN' | 'AUTO';

const look = { position: 'bottom-right', scale: 0.15, opacity: 0.8, margin: 0.02 } as const;
/** Tools whose result is neither a drawing of lines nor a film with transparency nor a sound. */
const markedTasks: readonly RunnerTaskType[] = ['image', 'upscale-image', 'cut-out-image', 'upscale-video'];

/** What the mark says; null: none. `AUTO` is the operator's word. */
export function markText(mode: WatermarkMode | null | undefined, settings: Settings): string | null {
  if (mode === 'NONE') return null;
  return mode === 'VIDEO_GEN' || settings.VIDEOGEN_WATERMARK ? settings.VIDEOGEN_WATERMARK_TEXT : null;
}

/** The mark on the results of a tool. Throws 400 where one is demanded that cannot be drawn; the operator's is then left out. */
export function toVisibleMark(
  mode: WatermarkMode | null | undefined,
  spec: JobSpec,
  { settings, tool }: { settings: Settings; tool: string },
): VisibleMarkSpec | null {
  const text = markText(mode, settings);
  if (text === null) return null;
  const takesMark =
    spec.kind === 'generate' || spec.kind === 'animate' || (spec.kind === 'tool' && markedTasks.includes(spec.task.type));
  if (takesMark) return { ...look, content: { text, color: '#ffffff' } };
  if (mode === 'VIDEO_GEN') throw badParameter(`watermarkMode: ${tool} makes nothing that a mark can be drawn on, use NONE`);
  return null;
}
