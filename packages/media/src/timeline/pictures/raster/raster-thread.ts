import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { CanvasKit } from 'canvaskit-wasm';
import { loadCanvasKit } from '../text/canvas-kit.ts';
import { FontLibrary, type UserFont } from '../text/font-library.ts';
import { prepareCaption } from '../text/prepare-caption.ts';
import { prepareText } from '../text/prepare-text.ts';
import type { PreparedContent } from '../prepared.ts';
import type { PrepareRequest, RasterAnswer, RasterRequest } from './raster-messages.ts';

/** A thread that lays out text and rasterises drawings, for one film after the other; it answers requests one by one, in order. */
const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
const answer = (message: RasterAnswer): void => port.postMessage(message);

/** Of bundled fonts that stay open from film to film. */
const KEPT_FONT_BYTES_MAX = 64 * 1024 * 1024;
const missingFamilies = new Set<string>();
const onMissingFamily = (family: string, substitute: string): void => {
  if (missingFamilies.has(family)) return;
  missingFamilies.add(family);
  answer({
    type: 'warning',
    warning: { code: 'font_not_available', message: `font ${family} is not available; ${substitute} stands in` },
  });
};
let userFonts: readonly UserFont[] = [];
let library: Promise<{ canvasKit: CanvasKit; fonts: FontLibrary }> | null = null;

const openLibrary = async (): Promise<{ canvasKit: CanvasKit; fonts: FontLibrary }> => {
  const canvasKit = await loadCanvasKit();
  return { canvasKit, fonts: await FontLibrary.open(canvasKit, { userFonts, onMissingFamily }) };
};

const closeLibrary = async (): Promise<void> => {
  const opened = await library?.catch(() => null);
  opened?.fonts.close();
  library = null;
};

/** Fonts of a caller are never seen by another film. */
const begin = async (fonts: readonly UserFont[]): Promise<void> => {
  missingFamilies.clear();
  if (fonts.length > 0) await closeLibrary();
  userFonts = fonts;
  library ??= openLibrary();
  library.catch(() => undefined);
};

const end = async (): Promise<void> => {
  const opened = await library?.catch(() => null);
  if (userFonts.length > 0 || (opened?.fonts.bytes ?? Number.POSITIVE_INFINITY) > KEPT_FONT_BYTES_MAX) await closeLibrary();
};

const engines = (): Promise<{ canvasKit: CanvasKit; fonts: FontLibrary }> => {
  if (library === null) throw new Error('no film has begun');
  return library;
};

const prepare = async (request: PrepareRequest): Promise<PreparedContent> => {
  const { layer, density } = request;
  const { content, box } = layer;
  const onUnresolved = (codePoints: readonly number[]): void => {
    const letters = codePoints.slice(0, 5).map((code) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
    answer({
      type: 'warning',
      warning: { code: 'letters_without_font', message: `${layer.path}: no font has ${letters.join(', ')}` },
    });
  };
  switch (content.type) {
    case 'text': {
      const { canvasKit, fonts } = await engines();
      return prepareText(canvasKit, fonts, { content, box, density, onUnresolved });
    }
    case 'caption': {
      const { canvasKit, fonts } = await engines();
      return prepareCaption(canvasKit, fonts, { content, box, density, onUnresolved });
    }
    case 'html': {
      // Most edits hold neither markup nor drawings: their engines are loaded for those that do.
      const { prepareHtml } = await import('./html-raster.ts');
      const { canvasKit, fonts } = await engines();
      return prepareHtml(canvasKit, fonts, { content, box, density, onUnresolved });
    }
    case 'svg': {
      const { rasterSvg } = await import('./svg-raster.ts');
      const markup = 'markup' in content.svg ? content.svg.markup : readFileSync(request.sourcePath ?? '', 'utf8');
      return rasterSvg(markup, { rect: layer.contentRect, density });
    }
    default:
      throw new Error(`${content.type} is not rasterised here`);
  }
};

let queue: Promise<void> = Promise.resolve();
port.on('message', (request: RasterRequest) => {
  queue = queue.then(async () => {
    if (request.type === 'begin') await begin(request.fonts);
    else if (request.type === 'end') await end();
    else {
      const { key } = request;
      try {
        answer({ type: 'prepared', key, prepared: await prepare(request) });
      } catch (error) {
        answer({ type: 'failed', key, message: error instanceof Error ? error.message : String(error) });
      }
    }
  });
});
