import { randomBytes } from 'node:crypto';
import {
  type Artifact,
  createIdSource,
  type JobSpec,
  type NewJob,
  type Plan,
  type PlannedStep,
  type StepResult,
} from '@polyreel/core';

export const testIds = createIdSource({ now: () => new Date() }, randomBytes);

const canvas = { width: 64, height: 64 };
const frameRate = { numerator: 16, denominator: 1 };

export const spec: JobSpec = {
  kind: 'generate',
  specVersion: 1,
  model: 'wan22',
  scenes: [{ prompt: 'a sea', negativePrompt: '' }],
  canvas,
  frameRate,
  framesPerScene: 16,
  seed: 1,
  outputName: 'film',
};

export function scene(
  key: string,
  more: Partial<Pick<PlannedStep, 'needs' | 'resource' | 'weight' | 'isMilestone'>> = {},
): PlannedStep {
  return {
    key,
    type: 'run-task',
    needs: [],
    resource: 'cpu',
    params: {
      runner: 'cpu',
      task: {
        type: 'text-to-video',
        model: 'wan22',
        canvas,
        frameRate,
        frameCount: 16,
        seed: 1,
        prompt: 'a sea',
        negativePrompt: '',
      },
      inputs: {},
    },
    weight: 1,
    isMilestone: true,
    timeoutSeconds: 600,
    ...more,
  };
}

export const film = (needs: string[]): PlannedStep => ({
  key: 'film',
  type: 'assemble-film',
  needs,
  resource: 'cpu',
  params: {
    clips: needs.map((key) => ({ fromStep: key, skipFrames: 0, frameCount: 16 })),
    canvas,
    frameRate,
    outputName: 'film',
  },
  weight: 1,
  isMilestone: false,
  timeoutSeconds: 600,
});

export const planOf = (...steps: PlannedStep[]): Plan => ({ planVersion: 1, steps, runners: ['cpu'] });

/** One step, nobody's limits. */
export function newJob(more: Partial<NewJob> = {}): NewJob {
  const id = testIds.next('job');
  return {
    id,
    accountId: 'usr_1',
    keyId: 'key_1',
    surface: 'test-surface',
    externalId: `ext-${id}`,
    spec,
    plan: planOf(scene('only')),
    clientRef: { note: 'theirs' },
    priority: 0,
    exclusiveKey: null,
    callback: null,
    inputFileIds: [],
    warnings: [],
    maxActiveJobsOfAccount: 100_000,
    maxQueuedSteps: 1_000_000,
    ...more,
  };
}

export const emptyResult: StepResult = { artifacts: [], warnings: [] };

export const artifactOf = (fileId: string, objectKey: string): Artifact => ({
  role: 'film',
  fileId,
  objectKey,
  mediaType: 'video/mp4',
  sizeBytes: 3,
  name: 'film.mp4',
});
