import { type Artifact, type Catalog, chooseCapability, DomainError, type JobView, type ModelEntry } from '@polyreel/core';
import type { ResultLinks } from '../surface.ts';
import { clientRefSchema, type ModelsBody, type ModeWord, type StatusBody } from './schemas.ts';
import { sceneSeconds } from './to-spec.ts';

const modeOfTask = { 'text-to-video': 't2v', 'image-to-video': 'i2v', 'first-last-frame': 'flf2v' } as const satisfies Record<
  string,
  ModeWord
>;
type SceneTask = keyof typeof modeOfTask;
const sceneTasks = ['text-to-video', 'image-to-video', 'first-last-frame'] as const satisfies readonly SceneTask[];

const tasksOf = (model: ModelEntry): readonly SceneTask[] => sceneTasks.filter((task) => model.tasks.includes(task));

/** Models that can make a scene, in the catalog's order; the first is the default. */
export const sceneModels = (catalog: Catalog): readonly ModelEntry[] =>
  catalog.models.filter((model) => tasksOf(model).length > 0);

/** The order of the keys is part of the answer: clients take the first. */
export function toModelsBody(catalog: Catalog, maxScenes: number): ModelsBody {
  const models = sceneModels(catalog).map((model) => [
    model.key,
    {
      label: isReference(catalog, model) ? `${model.label} (CPU reference renderer, not the model)` : model.label,
      modes: tasksOf(model).map((task) => modeOfTask[task]),
      fps: model.frameRate.numerator / model.frameRate.denominator,
      scene_seconds: sceneSeconds,
    },
  ]);
  return { models: Object.fromEntries(models), max_scenes: maxScenes };
}

/** True when the stand-in would serve the model; false also while no worker is there to serve anything. */
function isReference(catalog: Catalog, model: ModelEntry): boolean {
  return tasksOf(model).some((task) => {
    try {
      return chooseCapability(catalog, task, model).kind === 'reference';
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'backend_unavailable') return false;
      throw error;
    }
  });
}

/** `queuePosition` null: unknown, as when a worker takes the job at this moment. */
export async function toStatusBody(job: JobView, queuePosition: number | null, links: ResultLinks): Promise<StatusBody> {
  switch (job.state) {
    case 'queued':
      return { status: 'IN_QUEUE', id: job.externalId, ...(queuePosition !== null && { queue_position: queuePosition }) };
    case 'running':
      return {
        status: 'IN_PROGRESS',
        id: job.externalId,
        progress: Math.min(99, Math.floor(job.progressRatio * 100)),
        scene: Math.max(1, Math.min(job.milestonesDone + 1, job.milestonesTotal)),
        scenes_total: Math.max(1, job.milestonesTotal),
      };
    case 'failed':
      if (job.error?.code === 'content_blocked') return toUnsafeBody(job, job.error.message);
      return { status: 'FAILED', error: job.error?.message ?? 'Job failed', id: job.externalId };
    case 'cancelled':
      return { status: 'FAILED', error: 'Job was cancelled', id: job.externalId };
    case 'succeeded':
      return toCompletedBody(job, links);
  }
}

/** The generation is over, the check that follows withheld it. No link, no thumbnail: nothing of it was stored. */
function toUnsafeBody(job: JobView, error: string): StatusBody {
  const { genId } = clientRefSchema.parse(job.clientRef);
  return {
    status: 'COMPLETED',
    compliance: 'unsafe',
    error,
    meta: { id: job.externalId, gen_id: genId, compliance: 'unsafe', compliance_checked: true, fingerprint: null, images: [] },
  };
}

async function toCompletedBody(job: JobView, links: ResultLinks): Promise<StatusBody> {
  const ref = clientRefSchema.parse(job.clientRef);
  const film = job.artifacts.find(({ role }) => role === 'film');
  if (!film) throw new Error(`job ${job.id} succeeded without a film`);
  const thumbnail = job.artifacts.find(({ role }) => role === 'thumbnail');
  const manifest = film.provenance?.manifest ?? 'none';
  const sidecar = manifest === 'sidecar' ? job.artifacts.find(({ role }) => role === 'document') : undefined;
  const image = async <T extends 'signed' | 'thumbnail' | 'manifest'>(artifact: Artifact, type: T) => ({
    url: await links.artifact(artifact),
    filename: artifact.name,
    type,
  });
  return {
    status: 'COMPLETED',
    // The document shows it inside `meta` and reads it here.
    compliance: 'safe',
    meta: {
      id: job.externalId,
      gen_id: ref.genId,
      compliance: 'safe',
      compliance_checked: ref.isChecked && film.isChecked === true,
      fingerprint: film.provenance?.fingerprint ?? null,
      c2pa: manifest !== 'none',
      ...(manifest !== 'none' && { c2pa_manifest: manifest }),
      seed: ref.seed,
      images: [
        await image(film, 'signed'),
        ...(thumbnail ? [await image(thumbnail, 'thumbnail')] : []),
        ...(sidecar ? [await image(sidecar, 'manifest')] : []),
      ],
    },
  };
}
