import type { Layer } from '../../scene-graph.ts';
import type { PreparedContent } from '../prepared.ts';
import type { UserFont } from '../text/font-library.ts';

export interface RasterThreadData {
  readonly fonts: readonly UserFont[];
}

export interface RasterRequest {
  readonly key: number;
  readonly layer: Layer;
  readonly density: number;
  /** Of an SVG in a file. */
  readonly sourcePath: string | null;
}

/** Something worth knowing that does not stop the film. */
export interface PictureWarning {
  readonly code: 'font_not_available' | 'letters_without_font';
  readonly message: string;
}

export type RasterAnswer =
  | { readonly type: 'prepared'; readonly key: number; readonly prepared: PreparedContent }
  | { readonly type: 'failed'; readonly key: number; readonly message: string }
  | { readonly type: 'warning'; readonly warning: PictureWarning };
