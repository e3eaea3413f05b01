import type { Layer } from '../../scene-graph.ts';
import type { PreparedContent } from '../prepared.ts';
import type { UserFont } from '../text/font-library.ts';

export interface PrepareRequest {
  readonly type: 'prepare';
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

export type RasterRequest = { readonly type: 'begin'; readonly fonts: readonly UserFont[] } | { readonly type: 'end' } | PrepareRequest;

export type RasterAnswer =
  | { readonly type: 'prepared'; readonly key: number; readonly prepared: PreparedContent }
  | { readonly type: 'failed'; readonly key: number; readonly message: string }
  | { readonly type: 'warning'; readonly warning: PictureWarning };
