import type { Artifact } from '../job.ts';
import type { FindPart } from './time-story.ts';

/** The parts of a story among the results of the job that made them: files by their names without extension. */
export function findParts(artifacts: readonly Artifact[]): FindPart {
  const parts = new Map(
    artifacts.filter(({ role }) => role !== 'thumbnail').map((artifact) => [artifact.name.replace(/\.[^.]+$/, ''), artifact]),
  );
  return (name) => parts.get(name);
}
