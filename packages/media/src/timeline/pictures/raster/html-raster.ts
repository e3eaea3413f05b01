import type { Canvas } from '@polyreel/core';
import type { CanvasKit } from 'canvaskit-wasm';
import type { HtmlContent } from '../../scene-graph.ts';
import type { PreparedContent } from '../prepared.ts';
import type { FontLibrary } from '../text/font-library.ts';

export const prepareHtml = (
  _canvasKit: CanvasKit,
  _library: FontLibrary,
  options: { content: HtmlContent; box: Canvas; density: number; onUnresolved: (codePoints: readonly number[]) => void },
): PreparedContent => {
  throw new Error(`${options.content.type} not yet`);
};
