import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StepError } from '@polyreel/core';
import { RENDER_MEMORY_BYTES, runProcess } from '@polyreel/media';
import type { ToolExecutor } from '../executor.ts';
import { requireInput } from '../inputs.ts';
import { traceLimits, traceOptions, traceReportSchema } from './trace-options.ts';

const child = fileURLToPath(new URL('./trace-child.ts', import.meta.url));

/**
 * A drawing of a picture in filled curves, by vtracer. The tracer is native code that cannot be stopped half way, so it runs in a process
 * of its own, with a limit on memory and time.
 */
export const vectorise: ToolExecutor<'vectorise'> = async (task, context) => {
  const input = requireInput(context, 'image');
  const path = join(context.scratchDir, 'vectorised.svg');
  const report = join(context.scratchDir, 'vectorised.json');
  context.onProgress(0);
  try {
    await runProcess({
      command: process.execPath,
      args: [child, JSON.stringify({ input, output: path, report, options: traceOptions(task.detailRatio) })],
      signal: context.signal,
      timeoutMs: traceLimits.timeoutMs,
      maxCpuSeconds: traceLimits.timeoutMs / 1000,
      maxMemoryBytes: RENDER_MEMORY_BYTES,
    });
    const { isReduced } = traceReportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
    context.onProgress(1);
    return {
      path,
      mediaType: 'image/svg+xml',
      warnings: isReduced ? [{ code: 'traced_smaller', details: { megapixels: String(traceLimits.pixelsMax / 1e6) } }] : [],
    };
  } catch (cause) {
    await rm(path, { force: true });
    if (cause instanceof StepError && cause.code === 'process_failed')
      throw new StepError({ code: 'vectorise_failed', publicMessage: 'The image could not be traced', permanent: true, cause });
    throw cause;
  } finally {
    await rm(report, { force: true });
  }
};
