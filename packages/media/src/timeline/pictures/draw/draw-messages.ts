import type { ChromaKey, Scene } from '../../scene-graph.ts';
import type { FrameFormat } from '../colour/colour-kernel.ts';
import type { PreparedContent, VideoInput } from '../prepared.ts';
import type { ColorCube } from './filters.ts';

export interface DrawThreadData {
  /** Of the frames that are made. */
  readonly format: FrameFormat;
  readonly scene: Scene;
  readonly cubes: ReadonlyMap<string, ColorCube>;
}

export type DrawRequest =
  | { readonly type: 'open'; readonly id: string; readonly prepared: PreparedContent; readonly chromaKey: ChromaKey | null }
  | { readonly type: 'drop'; readonly id: string }
  | {
      readonly type: 'draw';
      readonly frame: number;
      /** Decoded frames by layer; their memory comes back with the answer. */
      readonly inputs: ReadonlyMap<string, VideoInput>;
      /** Takes the frame. */
      readonly target: SharedArrayBuffer;
    };

export type DrawAnswer =
  | { readonly type: 'drawn'; readonly frame: number; readonly inputs: ReadonlyMap<string, VideoInput> }
  | { readonly type: 'failed'; readonly frame: number; readonly message: string };
