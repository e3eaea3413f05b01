import type { ChromaKey, Scene } from '../../scene-graph.ts';
import type { FrameFormat } from '../colour/colour-kernel.ts';
import type { PreparedContent, VideoInput } from '../prepared.ts';
import type { ColorCube } from './filters.ts';

export interface DrawnFilm {
  /** Of the frames that are made. */
  readonly format: FrameFormat;
  readonly scene: Scene;
  readonly cubes: ReadonlyMap<string, ColorCube>;
}

export type DrawRequest =
  | ({ readonly type: 'begin' } & DrawnFilm)
  | { readonly type: 'end' }
  | { readonly type: 'open'; readonly id: string; readonly prepared: PreparedContent; readonly chromaKey: ChromaKey | null }
  | { readonly type: 'drop'; readonly id: string }
  | {
      readonly type: 'draw';
      readonly frame: number;
      /** Decoded frames by layer; their memory comes back with the answer. */
      readonly inputs: ReadonlyMap<string, VideoInput>;
      /** Takes the frame, unless it is made in the memory of an input. */
      readonly target: SharedArrayBuffer;
    };

export interface DrawnFrame {
  /** Their memory may be used again once the frame has been taken. */
  readonly inputs: ReadonlyMap<string, VideoInput>;
  /** The input that has become the frame; null: it lies in the target. */
  readonly frameIn: string | null;
}

export type DrawAnswer =
  | ({ readonly type: 'drawn'; readonly frame: number } & DrawnFrame)
  | { readonly type: 'failed'; readonly frame: number; readonly message: string };
