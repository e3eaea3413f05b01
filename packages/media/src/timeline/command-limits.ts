import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RENDER_MEMORY_BYTES } from '../tools.ts';

/** Linux takes no single argument of 128 KiB; a graph of hundreds of sounds is longer. */
const MAX_ARGUMENT_BYTES = 100_000;
/** ffmpeg reads each input in a thread of its own, whose stack counts as memory although it is hardly touched. */
const BYTES_AN_INPUT = 16 * 1024 * 1024;

/** A filter graph that is too long for a command line goes in by file. */
export const withFilterScript = async (args: readonly string[], folder: string): Promise<string[]> => {
  const at = args.indexOf('-filter_complex');
  const graph = args[at + 1];
  if (at < 0 || graph === undefined || Buffer.byteLength(graph) <= MAX_ARGUMENT_BYTES) return [...args];
  const path = join(folder, 'graph.txt');
  await writeFile(path, graph);
  return [...args.slice(0, at), '-filter_complex_script', path, ...args.slice(at + 2)];
};

export const renderMemoryBytes = (args: readonly string[]): number =>
  RENDER_MEMORY_BYTES + BYTES_AN_INPUT * args.filter((word) => word === '-i').length;
