import { scaled } from '@polyreel/testkit/scale';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from '../start-app.ts';
import { createCaller } from './calls.ts';

let app: InProcessApp;
beforeAll(async () => {
  app = await startApp({
    env: {
      VIDEOGEN_RATE_LIMITS:
        'tools=off,upload=off,search=off,other=off,cancel=off,webhook-create=off,webhook-delete=off,workflows=off',
      MAX_QUEUED_STEPS: '1000000',
      MAX_ACTIVE_JOBS_PER_ACCOUNT: '5',
    },
  });
});
afterAll(() => app.stop());

const error = (code: string) => z.strictObject({ message: z.string().min(1), code: z.literal(code) });
/** Every answer that the document knows for these calls. */
const rows = [
  { name: 'started', status: 202, body: z.strictObject({ toolExecutionId: z.string().regex(/^vg_exec_/) }) },
  {
    name: 'run started',
    status: 202,
    body: z.strictObject({
      ...{ workflowRunId: z.string().regex(/^vg_work_/), projectId: z.string().regex(/^vg_proj_/), projectUrl: z.url() },
      remixActionIds: z.array(z.string()),
    }),
  },
  { name: 'upload made', status: 200, body: z.strictObject({ fileId: z.string(), uploadUrl: z.string() }) },
  { name: 'found', status: 200, body: z.strictObject({ results: z.array(z.unknown()) }) },
  { name: 'endpoint made', status: 201, body: z.looseObject({ endpointId: z.string(), signingSecret: z.string() }) },
  { name: 'bad field', status: 400, body: error('invalid_parameters') },
  { name: 'bad JSON', status: 400, body: error('invalid_request') },
  { name: 'bad id', status: 400, body: error('invalid_id') },
  { name: 'nothing there', status: 404, body: error('not_found') },
  { name: 'too many jobs', status: 429, body: error('rate_limited') },
  { name: 'no worker for it', status: 503, body: error('service_unavailable') },
] as const;

const text = fc.oneof(fc.constantFrom('rain', '', ' ', 'a red boat'), fc.string({ unit: 'binary', maxLength: 30 }));
const id = fc.oneof(
  fc.constantFrom('vg_file_AAAAAAAAAAAAAAAAAAAAAA', 'vg_file_', 'vg_exec_x', 'vg_file_x!', ''),
  fc.string({ maxLength: 30 }),
);
const anything = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.object({ maxDepth: 1 }),
);
const fields = {
  prompt: fc.oneof({ weight: 4, arbitrary: text }, anything),
  ttsText: fc.oneof({ weight: 4, arbitrary: text }, anything),
  durationSeconds: fc.oneof(fc.integer({ min: -1, max: 40 }), anything),
  numResults: fc.oneof(fc.integer({ min: 0, max: 3 }), anything),
  aspectRatio: fc.oneof(fc.record({ width: fc.integer({ min: 0, max: 20 }), height: fc.integer({ min: 0, max: 20 }) }), anything),
  imageFileId: id,
  videoStorageFileId: id,
  imageFileIds: fc.oneof(fc.array(id, { maxLength: 5 }), anything),
  quality: fc.oneof(fc.constantFrom('LOW', 'MAX', 'low'), anything),
  voiceId: fc.oneof(fc.constantFrom('Clara', 'clara', 'nobody'), anything),
  displayName: text,
  type: fc.oneof(fc.constantFrom('IMAGE', 'VIDEO', 'PDF', 'image'), anything),
  query: text,
  url: fc.oneof(fc.constantFrom('https://a.example/x', 'http://a.example', 'https://10.0.0.1/', 'https://[::1]/'), text),
  events: fc.oneof(fc.array(fc.constantFrom('file.playback_ready', 'no.such'), { maxLength: 3 }), anything),
};
const workflowFields = {
  script: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('One line. Two!', '...', 'Dr. Who?\n\nNo. 1') }, text),
  visualStyle: fc.oneof(
    fc.constantFrom(
      { type: 'STOCK' },
      { type: 'AI_IMAGE', aiStyle: 'ink' },
      { type: 'AI_IMAGE' },
      { type: 'STOCK', entityId: 'x' },
    ),
    anything,
  ),
  visualPacing: fc.oneof(fc.constantFrom('FAST', 'SLOW'), anything),
  language: fc.oneof(fc.constantFrom('de', 'ja-JP', 'xx', '-'), anything),
  voiceSpeed: fc.oneof(fc.double({ min: 0, max: 3 }), anything),
  autoExport: fc.oneof(fc.boolean(), anything),
  exportOptions: fc.oneof(
    fc.constantFrom({ quality: 'STANDARD' }, { endScreenMode: 'VIDEO_GEN' }, { quality: 'ULTRA_HIGH' }),
    anything,
  ),
  captionStyle: fc.oneof(
    fc.constantFrom(null, {}, { fontWeight: 150 }, { textColor: { red: 1, green: 2, blue: 256 } }),
    anything,
  ),
  scenes: fc.oneof(
    fc.array(
      fc.record({ startSeconds: fc.integer({ min: -1, max: 9 }), endSeconds: fc.integer({ min: 0, max: 9 }), description: text }),
      { maxLength: 3 },
    ),
    anything,
  ),
  remixActions: fc.oneof(
    fc.array(
      fc.constantFrom(
        ...[{ type: 'ADD_ZOOM' }, { type: 'DISABLE_CAPTIONS' }, { type: 'SET_BACKGROUND_MUSIC', fileId: null }, { type: 'NONE' }],
        ...[
          { type: 'RESIZE_PROJECT' },
          { type: 'RESIZE_PROJECT', aspectRatio: { width: 1, height: 2 } },
          { type: 'UPSCALE_ASSETS' },
        ],
      ),
      { maxLength: 3 },
    ),
    anything,
  ),
  featuredBRollFileIds: fc.oneof(fc.array(id, { maxLength: 2 }), anything),
  fileId: id,
};
const path = fc.constantFrom(
  ...['script-to-video', 'prompt-to-video-clip', 'voiceover-to-video', 'slideshow-to-video'].map(
    (name) => `/v1/workflows/${name}`,
  ),
  ...['generate-sound-effect', 'generate-video-clip', 'generate-music', 'text-to-speech', 'generate-image', 'upscale-image'].map(
    (tool) => `/v1/tools/${tool}`,
  ),
  ...['/v1/tools/upscale-video', '/v1/tools/generate-motion-graphic', '/v1/files/upload'],
  ...['/v1/files/search', '/v1/webhooks/endpoints', '/v1/files/vg_file_AAAAAAAAAAAAAAAAAAAAAA/archive', '/v1/files/x/hydrate'],
);
/** Enough for most calls. */
const good = {
  script: 'One line. And another.',
  visualStyle: { type: 'AI_IMAGE', aiStyle: 'ink' },
  prompt: 'rain',
  ttsText: 'hello',
  displayName: 'x',
  query: 'x',
  url: 'https://a.example/x',
  events: ['file.playback_ready'],
};
const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(JSON.stringify(good)) },
  {
    weight: 4,
    arbitrary: fc
      .record(workflowFields, { requiredKeys: [] })
      .map((value) => JSON.stringify({ ...good, durationSeconds: 1, ...value })),
  },
  { weight: 8, arbitrary: fc.record(fields, { requiredKeys: [] }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.constantFrom('{', '[]', '"x"', 'null', '{"prompt":"rain"', '1e999') },
);

it('answers any body on any path as documented', { timeout: 1_800_000 }, async () => {
  const met = new Map<string, number>(rows.map(({ name }) => [name, 0]));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(path, body), { minLength: 8, maxLength: 12 }), async (requests) => {
      const caller = await createCaller(app);
      for (const [url, payload] of requests) {
        const answer = await caller.call('POST', url, payload);
        const row = rows.find(({ status, body: schema }) => status === answer.status && schema.safeParse(answer.body).success);
        expect(row, `${url} ${payload} -> ${answer.status} ${JSON.stringify(answer.body)}`).toBeDefined();
        met.set(row?.name ?? '', (met.get(row?.name ?? '') ?? 0) + 1);
      }
    }),
    { numRuns: scaled(1000) },
  );
  console.info([...met].map(([name, count]) => `${String(count).padStart(6)}  ${name}`).join('\n'));
  const unmet = [...met].filter(([name, count]) => count === 0 && name !== 'no worker for it' && name !== 'too many jobs');
  expect(unmet).toEqual([]);
});
