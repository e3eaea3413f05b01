export { type FakeComfy, startFakeComfy } from './fake-comfyui.ts';
export type { FakeComfyOptions, FakePost } from './fake-routes.ts';
export type { FakeFaults } from './fake-faults.ts';
export { type FakePhase, fakePhases } from './prompt-queue.ts';
export { startFakeComfyProcess } from './start-process.ts';
export { productionModels } from './production-models.ts';
