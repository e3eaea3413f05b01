import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadCanvasKit } from '../text/canvas-kit.ts';
import { FontLibrary } from '../text/font-library.ts';
import { prepareCaption } from '../text/prepare-caption.ts';
import { prepareText } from '../text/prepare-text.ts';
import type { PreparedContent } from '../prepared.ts';
import type { RasterAnswer, RasterRequest, RasterThreadData } from './raster-messages.ts';

/** A thread that lays out text and rasterises drawings; it answers requests one by one, in order. */
const port = parentPort;
const data: RasterThreadData = workerData;
if (port === null) throw new Error('this module runs in a worker thread');
const answer = (message: RasterAnswer): void => port.postMessage(message);

const missingFamilies = new Set<string>();
const library = loadCanvasKit().then(async (canvasKit) => ({
  canvasKit,
  fonts: await FontLibrary.open(canvasKit, {
    userFonts: data.fonts,
    onMissingFamily: (family, substitute) => {
      if (missingFamilies.has(family)) return;
      missingFamilies.add(family);
      answer({
        type: 'warning',
        warning: { code: 'font_not_available', message: `font ${family} is not available; ${substitute} stands in` },
      });
    },
  }),
}));
library.catch(() => undefined);

const prepare = async (request: RasterRequest): Promise<PreparedContent> => {
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
      const { canvasKit, fonts } = await library;
      return prepareText(canvasKit, fonts, { content, box, density, onUnresolved });
    }
    case 'caption': {
      const { canvasKit, fonts } = await library;
      return prepareCaption(canvasKit, fonts, { content, box, density, onUnresolved });
    }
    case 'html': {
      // Most edits hold neither markup nor drawings: their engines are loaded for those that do.
      const { prepareHtml } = await import('./html-raster.ts');
      const { canvasKit, fonts } = await library;
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
  queue = queue
    .then(() => prepare(request))
    .then(
      (prepared) => answer({ type: 'prepared', key: request.key, prepared }),
      (error: unknown) =>
        answer({ type: 'failed', key: request.key, message: error instanceof Error ? error.message : String(error) }),
    );
});
