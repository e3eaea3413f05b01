import { DomainError } from '@polyreel/core';
import { referenceCapabilities } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { errorBody, startV2 } from '../../test/harness-v2.ts';
import { refusing } from '../../test/refusing.ts';
import { toFaultError } from './faults.ts';

const scene = { prompt: 'a lighthouse' };
const gif = `data:image/gif;base64,${Buffer.from('GIF89a\u0001\u0000\u0001\u0000\u0000\u0000\u0000;', 'latin1').toString('base64')}`;
const text = (bytes: string): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

describe('every row of the table of errors that a request can earn', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' });

  it.each<[number, string, unknown]>([
    [400, 'scenes array is required', {}],
    [400, 'scenes array is required', { scenes: null }],
    [400, 'scenes array is required', { scenes: {} }],
    [400, 'scenes array is required', { scenes: 'x' }],
    [400, 'scenes array is required', { scenes: [] }],
    [400, 'scenes must not contain more than 5 items', { scenes: Array.from({ length: 6 }, () => scene) }],
    [400, 'scenes must not contain more than 5 items', { scenes: Array.from({ length: 100_000 }, () => 0) }],
    [400, 'scenes[1] must be an object', { scenes: [scene, 'x'] }],
    [400, 'scenes[1] must be an object', { scenes: [scene, 5] }],
    [400, 'scenes[1] must be an object', { scenes: [scene, null] }],
    [400, 'scenes[1] must be an object', { scenes: [scene, []] }],
    [400, 'scenes[0].prompt is required', { scenes: [{}] }],
    [400, 'scenes[0].prompt is required', { scenes: [{ prompt: '  \n ' }] }],
    [400, 'scenes[0].prompt is required', { scenes: [{ prompt: 7 }] }],
    [400, 'scenes[0].prompt is required', { scenes: [{ prompt: '-blurry, -fog' }] }],
    [400, 'scenes[0].prompt must be text of at most 4000 characters', { scenes: [{ prompt: 'x'.repeat(4001) }] }],
    [400, 'scenes[0].prompt must be text of at most 4000 characters', { scenes: [{ prompt: 'a\u0000b' }] }],
    [400, 'scenes[0].prompt must be text of at most 4000 characters', { scenes: [{ prompt: 'half \ud83d' }] }],
    [400, 'scenes[0].negative must be a string', { scenes: [{ ...scene, negative: 1 }] }],
    [400, 'Unknown model: foo', { scenes: [scene], model: 'foo' }],
    [400, 'Unknown model: wan22-s2v', { scenes: [scene], model: 'wan22-s2v' }],
    [400, 'model must be a string', { scenes: [scene], model: 22 }],
    [400, 'width must be divisible by 8', { scenes: [scene], width: 836 }],
    [400, 'height must be divisible by 8', { scenes: [scene], height: 479 }],
    [400, 'width must be between 64 and 1920', { scenes: [scene], width: 56 }],
    [400, 'width must be between 64 and 1920', { scenes: [scene], width: 1928 }],
    [400, 'height must be between 64 and 1920', { scenes: [scene], height: -8 }],
    [400, 'width must be an integer between 64 and 1920', { scenes: [scene], width: '832' }],
    [400, 'width must be an integer between 64 and 1920', { scenes: [scene], width: 832.5 }],
    [400, 'width times height must not exceed 2088960', { scenes: [scene], width: 1920, height: 1096 }],
    [400, 'size must be an integer between 720 and 1280', { scenes: [scene], size: '720' }],
    [400, 'size must be an integer between 720 and 1280', { scenes: [scene], size: 720.5 }],
    [400, 'size must be an integer between 720 and 1280', { scenes: [scene], size: 719 }],
    [400, 'size must be an integer between 720 and 1280', { scenes: [scene], size: 1281 }],
    [400, 'scenes[0].start_frame must be a base64 data URI', { scenes: [{ ...scene, start_frame: 'https://x.test/a.png' }] }],
    [400, 'scenes[0].start_frame must be a base64 data URI', { scenes: [{ ...scene, start_frame: 'data:image/png,abc' }] }],
    [400, 'scenes[0].start_frame must be a base64 data URI', { scenes: [{ ...scene, start_frame: 5 }] }],
    [400, 'scenes[0].start_frame has unsupported type image/gif', { scenes: [{ ...scene, start_frame: gif }] }],
    [400, 'scenes[0].start_frame is not valid base64', { scenes: [{ ...scene, start_frame: 'data:image/png;base64,@@@@' }] }],
    [400, 'scenes[0].start_frame is not valid base64', { scenes: [{ ...scene, start_frame: 'data:image/png;base64,QUJ' }] }],
    [400, 'scenes[0].start_frame is not valid base64', { scenes: [{ ...scene, start_frame: 'data:image/png;base64,QQ==QQ==' }] }],
    [400, 'scenes[0].start_frame is not valid base64', { scenes: [{ ...scene, start_frame: 'data:image/png;base64,QU-_' }] }],
    [400, 'scenes[0].start_frame is not a readable image', { scenes: [{ ...scene, start_frame: text('no picture') }] }],
    [400, 'scenes[0].start_frame is not a readable image', { scenes: [{ ...scene, start_frame: 'data:image/png;base64,' }] }],
    [400, 'scenes[0].end_frame must be a base64 data URI', { scenes: [{ ...scene, end_frame: 'x' }] }],
    [400, 'music.bpm must be an integer between 10 and 300', { scenes: [scene], music: { bpm: 9 } }],
    [400, 'music.bpm must be an integer between 10 and 300', { scenes: [scene], 'music.bpm': 301 }],
    [400, 'music.keyscale is not a known key', { scenes: [scene], music: { enabled: false, keyscale: 'H minor' } }],
    [400, 'music must be an object', { scenes: [scene], music: true }],
    [400, 'music.tags must be text of at most 512 characters', { scenes: [scene], music: { tags: 'x'.repeat(513) } }],
    [400, 'seed must be an integer between 0 and 4294967295', { scenes: [scene], seed: 2 ** 32 }],
    [400, 'upscale must be true or false', { scenes: [scene], upscale: 'true' }],
    [400, 'wm_position is not a known position', { scenes: [scene], wm_enabled: false, wm_position: 'somewhere' }],
    [400, 'wm_scale must be a number between 0.01 and 1', { scenes: [scene], wm_enabled: false, wm_scale: 2 }],
    [400, 'cs_title must be a string', { scenes: [scene], cs_title: 1 }],
  ])('%i %s', async (status, error, body) => {
    const answer = await app.call({ action: 'generate', ...(typeof body === 'object' && body) });
    expect(answer.statusCode).toBe(status);
    const parsed = errorBody.parse(answer.json());
    expect(parsed.error).toBe(error);
    expect(parsed.details?.[0]).toBe(error);
  });

  it.each([
    ['upscale', { upscale: true }],
    ['interpolate', { interpolate: true }],
  ])('400 %s is not available where no worker refines films', async (name, switches) => {
    const plain = await startV2({}, { capabilities: referenceCapabilities.filter(({ task }) => task === 'text-to-video') });
    const answer = await plain.call({ action: 'generate', scenes: [scene], ...switches });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: `${name} is not available on this server` });
  });

  it.each([
    ['music.enabled', { music: { enabled: true } }],
    ['music.enabled', { 'music.enabled': true }],
    ['fx_sound.enabled', { fx_sound: { enabled: true } }],
  ])('400 %s is not available where no worker makes sound', async (name, switches) => {
    const silent = await startV2({}, { capabilities: referenceCapabilities.filter(({ task }) => task === 'text-to-video') });
    const answer = await silent.call({ action: 'generate', scenes: [scene], ...switches });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: `${name} is not available on this server` });
  });

  it('takes switches that are off', async () => {
    await app.submit({ upscale: false, optimize: false, interpolate: false, wm_invisible: false });
    await app.submit({ wm_enabled: false, wm_text: 'mine', wm_position: 'bottomRight' });
  });

  it('names all faults at once, in the order of the table, scenes in their order', async () => {
    const answer = await app.call({
      action: 'generate',
      scenes: [{ prompt: 'x', end_frame: gif }, 5, { prompt: '-a' }, {}],
      upscale: 'yes',
      music: { bpm: 0 },
      size: 1,
      width: 9,
      model: 'foo',
    });
    expect(errorBody.parse(answer.json()).details).toEqual([
      'scenes[1] must be an object',
      'scenes[2].prompt is required',
      'scenes[3].prompt is required',
      'Unknown model: foo',
      'width must be divisible by 8',
      'width must be between 64 and 1920',
      'size must be an integer between 720 and 1280',
      'scenes[0].end_frame has unsupported type image/gif',
      'scenes[0].end_frame requires start_frame',
      'music.bpm must be an integer between 10 and 300',
      'upscale must be true or false',
    ]);
  });

  it('says at most a hundred of them', () => {
    const error = toFaultError(Array.from({ length: 1000 }, (_, index) => `scenes[${index}] must be an object`));
    expect(error.extras.details).toHaveLength(100);
  });
});

describe('errors of the engine', () => {
  const startRefusing = (error: Error) => startV2({}, { changeEngine: refusing(error) });

  it('400 Content blocked, with the reason', async () => {
    const details = { reason: 'Violence', flaggedCategories: ['violence'], scene: 0 };
    const app = await startRefusing(new DomainError('content_blocked', 'internal words', { details }));
    const answer = await app.call({ action: 'generate', scenes: [scene] });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({
      error: 'Content blocked',
      compliance: 'unsafe',
      reason: 'Violence',
      flagged_categories: ['violence'],
      scene: 0,
    });
  });

  it('502 Generation failed, when nothing could run the job', async () => {
    const app = await startV2({}, { capabilities: [] });
    const answer = await app.call({ action: 'generate', scenes: [scene] });
    expect(answer.statusCode).toBe(502);
    expect(answer.json()).toEqual({ error: 'Generation failed' });
  });

  it('429 Too many requests with Retry-After, beyond the active jobs of an account', async () => {
    const app = await startV2({}, { maxActiveJobsPerAccount: 1 });
    await app.submit();
    const answer = await app.call({ action: 'generate', scenes: [scene] });
    expect(answer.statusCode).toBe(429);
    expect(answer.json()).toEqual({ error: 'Too many requests' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('503 with Retry-After, when the disk is full', async () => {
    const app = await startV2({}, { freeBytes: () => 10 });
    const answer = await app.call({ action: 'generate', scenes: [scene] });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ error: 'Server is busy, please retry later' });
    expect(answer.headers['retry-after']).toBe('60');
  });

  it('500 Internal server error, without a word about the cause', async () => {
    const app = await startRefusing(new Error('password=hunter2'));
    const answer = await app.call({ action: 'generate', scenes: [scene] });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({ error: 'Internal server error' });
  });
});
