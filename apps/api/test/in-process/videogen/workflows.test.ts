import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from '../start-app.ts';
import { type Caller, createCaller } from './calls.ts';

let app: InProcessApp;
let owner: Caller;
let stranger: Caller;
beforeAll(async () => {
  app = await startApp();
  [owner, stranger] = [await createCaller(app), await createCaller(app)];
});
afterAll(() => app.stop());

const started = z.strictObject({
  workflowRunId: z.string().regex(/^vg_work_[\w-]{22}$/),
  projectId: z.string().regex(/^vg_proj_[\w-]{22}$/),
  projectUrl: z.url(),
  remixActionIds: z.array(z.string().regex(/^vg_rmix_[\w-]{22}$/)),
});
const script = { script: 'One line. And a second one!', visualStyle: { type: 'AI_IMAGE', aiStyle: 'ink' } };
const start = async (body: object = {}, who: Caller = owner) =>
  started.parse((await who.call('POST', '/v1/workflows/script-to-video', { ...script, ...body })).body);
const none = {
  ...{ exportId: null, downloadUrl: null, downloadUrlExpiresAt: null, thumbnailUrl: null, thumbnailUrlExpiresAt: null },
  exportFileId: null,
};
const unknown = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('a workflow', () => {
  it('answers 202 with its run and project, and shows both at once', async () => {
    const remixActions = [{ type: 'ADD_ZOOM' }, { type: 'SET_BACKGROUND_MUSIC', fileId: null }];
    const run = await start({ remixActions, aspectRatio: { width: 9, height: 16 } });
    expect(run.remixActionIds).toHaveLength(2);
    const { workflowRunId, projectId, projectUrl } = run;
    expect((await owner.call('GET', `/v1/workflows/runs/${workflowRunId}`)).body).toEqual({
      ...{ workflowRunId, projectId, projectUrl, workflowType: 'SCRIPT_TO_VIDEO', status: 'pending' },
      ...{ progressPercentage: 0, attemptIndex: 0, error: null, ...none },
    });
    expect((await owner.call('GET', `/v1/projects/${projectId}`)).body).toEqual({
      ...{ projectId, projectUrl, assistantId: null, title: script.script, aspectRatio: { width: 9, height: 16 } },
      ...{ status: 'generating', createdAt: expect.any(Number), updatedAt: expect.any(Number) },
    });
    const remixes = { remixActions: [{ type: 'SET_BACKGROUND_MUSIC', status: 'pending', projectId }, { type: 'ADD_ZOOM' }] };
    expect((await owner.call('GET', `/v1/projects/${projectId}/remix-actions`)).body).toMatchObject(remixes);
    expect((await owner.call('GET', `/v1/projects/${projectId}/exports`)).body).toEqual({
      ...{ exports: [], hasMore: false, nextCursor: null },
    });
    expect(await owner.call('POST', `/v1/projects/${projectId}/export`)).toMatchObject({ status: 400 });
    const page = await app.app.inject({ method: 'GET', url: new URL(projectUrl).pathname });
    expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('still being made')]);
  });

  it('that exports by itself shows the export from its start on', async () => {
    const { projectId } = await start({ autoExport: true, exportOptions: { quality: 'STANDARD' } });
    const exportId = projectId.replace('vg_proj_', 'vg_expo_');
    const pending = {
      exportId,
      projectId,
      status: 'pending',
      progressPercentage: 0,
      exportFileId: null,
      file: null,
      error: null,
    };
    expect((await owner.call('GET', `/v1/projects/${projectId}/exports`)).body).toMatchObject({ exports: [pending] });
    expect((await owner.call('GET', `/v1/projects/${projectId}/exports/${exportId}`)).body).toMatchObject(pending);
  });

  it('is cancelled once and for all, answers 202 again, and leaves no project', async () => {
    const run = await start({ remixActions: [{ type: 'DISABLE_CAPTIONS' }] });
    for (let time = 0; time < 2; time += 1)
      expect(await owner.call('POST', `/v1/workflows/runs/${run.workflowRunId}/cancel`)).toMatchObject({
        status: 202,
        body: run,
      });
    expect((await owner.call('GET', `/v1/workflows/runs/${run.workflowRunId}`)).body).toMatchObject({
      status: 'cancelled',
      error: null,
    });
    expect((await owner.call('GET', `/v1/projects/${run.projectId}`)).status).toBe(404);
  });

  it('is found under earlier names too', async () => {
    const paths = ['add-visuals-narrations-and-captions-to-script', 'script-to-video'];
    for (const path of paths) expect(await owner.call('POST', `/v1/workflows/${path}`, script)).toMatchObject({ status: 202 });
    expect(await owner.call('POST', '/v1/workflows/ai-video-clip', { prompt: 'waves' })).toMatchObject({ status: 202 });
  });
});

it('runs and projects are listed in pages, each on one of them, newest first', async () => {
  const lister = await createCaller(app);
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) ids.unshift((await start({}, lister)).workflowRunId);
  const page = z.looseObject({ hasMore: z.boolean(), nextCursor: z.string().nullable() });
  const rest = z.array(z.looseObject({ projectId: z.string() }));
  for (const [path, name] of [
    ['/v1/workflows/runs', 'workflowRuns'],
    ['/v1/projects', 'projects'],
  ] as const) {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const answer = page.parse((await lister.call('GET', `${path}?limit=2${cursor}`)).body);
      seen.push(...rest.parse(answer[name]).map(({ projectId }) => projectId));
      expect(answer.hasMore).toBe(answer.nextCursor !== null);
      if (answer.nextCursor === null) break;
      cursor = `&cursor=${answer.nextCursor}`;
    }
    expect(seen).toEqual(ids.map((id) => id.replace('vg_work_', 'vg_proj_')));
  }
});

it("somebody else's run, project and export are 404 in every call", async () => {
  const { workflowRunId, projectId } = await start({ autoExport: true });
  const exportId = projectId.replace('vg_proj_', 'vg_expo_');
  const calls = [
    ['GET', `/v1/workflows/runs/${workflowRunId}`],
    ['POST', `/v1/workflows/runs/${workflowRunId}/cancel`],
    ['GET', `/v1/projects/${projectId}`],
    ['POST', `/v1/projects/${projectId}/export`],
    ['GET', `/v1/projects/${projectId}/exports`],
    ['GET', `/v1/projects/${projectId}/exports/${exportId}`],
    ['POST', `/v1/projects/${projectId}/remix`],
    ['GET', `/v1/projects/${projectId}/remix-actions`],
    ['POST', `/v1/projects/${projectId}/timeline-interchange`],
  ] as const;
  for (const [method, path] of calls)
    expect(await stranger.call(method, path), `${method} ${path}`).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect((await stranger.call('GET', '/v1/workflows/runs')).body).toMatchObject({ workflowRuns: [] });
  expect((await stranger.call('GET', '/v1/projects')).body).toMatchObject({ projects: [] });
  expect((await owner.call('GET', `/v1/workflows/runs/${workflowRunId}`)).body).toMatchObject({ status: 'pending' });
});

it.each([
  ['script-to-video', { ...script, script: ' ' }, 'script is required'],
  ['script-to-video', { ...script, script: '🙂 !' }, 'nothing that can be said'],
  ['script-to-video', { script: 'A line.' }, 'visualStyle is required'],
  ['script-to-video', { ...script, visualStyle: { type: 'AI_IMAGE' } }, 'visualStyle.aiStyle is required'],
  ['script-to-video', { ...script, visualStyle: { type: 'STOCK', entityId: 'vg_enti_x' } }, 'entities are not available'],
  ['script-to-video', { ...script, actorEntityId: 'vg_enti_x' }, 'entities are not available'],
  ['script-to-video', { ...script, avatarPresenterId: 'vg_pres_x' }, 'presenters inside a film'],
  ['script-to-video', { ...script, language: 'xx' }, 'language: no voice speaks xx'],
  ['script-to-video', { ...script, voiceId: 'nobody' }, 'voiceId names no voice'],
  ['script-to-video', { ...script, voiceSpeed: 3 }, 'voiceSpeed'],
  [
    'script-to-video',
    { ...script, scenes: [{ startSeconds: 2, endSeconds: 1, description: 'x' }] },
    'endSeconds must be greater',
  ],
  [
    'script-to-video',
    {
      ...script,
      scenes: [
        { startSeconds: 0, endSeconds: 3, description: 'x' },
        { startSeconds: 2, endSeconds: 4, description: 'x' },
      ],
    },
    'scenes must be sorted',
  ],
  [
    'script-to-video',
    { ...script, remixActions: [{ type: 'TRANSLATE_PROJECT', languageCode: 'de' }] },
    'TRANSLATE_PROJECT is not available',
  ],
  ['script-to-video', { ...script, exportOptions: { endScreenMode: 'VIDEO_GEN' } }, 'end screen is not available'],
  ['script-to-video', { ...script, exportOptions: { deliveryDestinations: [{ type: 'SLACK_CHANNEL' }] } }, 'integrations'],
  ['prompt-to-video-clip', {}, 'prompt is required'],
  ['prompt-to-video-clip', { prompt: 'x', durationSeconds: 31 }, 'durationSeconds'],
  ['voiceover-to-video', { visualStyle: script.visualStyle }, 'fileId is required'],
  ['slideshow-to-video', { fileId: 'vg_file_x' }, 'no reader for slides'],
  ['storyboard-to-video', { scenes: [] }, 'not available on this server'],
])('%s %j is 400: %s', async (path, body, text) => {
  const answer = await owner.call('POST', `/v1/workflows/${path}`, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameters', message: expect.stringContaining(text) } });
});

it.each([
  ['GET', '/v1/workflows/runs/vg_exec_x', 400, 'invalid_id'],
  ['GET', `/v1/workflows/runs/vg_work_${unknown}`, 404, 'not_found'],
  ['GET', '/v1/projects/vg_work_x', 400, 'invalid_id'],
  ['GET', `/v1/projects/vg_proj_${unknown}`, 404, 'not_found'],
  ['GET', `/v1/timeline-interchange/vg_inte_${unknown}`, 404, 'not_found'],
  ['DELETE', '/v1/projects', 405, 'method_not_allowed'],
  ['POST', '/v1/workflows/runs', 405, 'method_not_allowed'],
] as const)('%s %s is %d %s', async (method, path, status, code) => {
  expect(await owner.call(method, path)).toMatchObject({ status, body: { code } });
});
