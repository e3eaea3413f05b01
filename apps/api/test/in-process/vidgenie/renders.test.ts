import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyTimeline, faultSchema, type Genie, startGenie } from './genie.ts';

let genie: Genie;
let credential: { key: string };
let stranger: { key: string };
beforeAll(async () => {
  genie = await startGenie({ env: { MAX_ACTIVE_JOBS_PER_ACCOUNT: '1000' } });
  credential = { key: (await genie.createAccount()).key };
  stranger = { key: (await genie.createAccount()).key };
});
afterAll(() => genie.stop());

const renderSchema = z.strictObject({
  ...{ id: z.string().regex(/^rnd_[0-9a-z]{26}$/), status: z.string(), progress: z.int(), stage: z.string().nullable() },
  ...{ queue_position: z.int().nullable(), template_id: z.string().nullable(), template_version: z.int().nullable() },
  ...{ output: z.record(z.string(), z.unknown()), url: z.null(), poster: z.null(), thumbnail: z.null() },
  ...{ files: z.array(z.unknown()), duration: z.number().nullable(), width: z.int().nullable(), height: z.int().nullable() },
  ...{ size_bytes: z.null(), error: z.unknown(), warnings: z.array(z.unknown()), attempts: z.int() },
  metadata: z.record(z.string(), z.unknown()),
  ...{ created_at: z.iso.datetime(), started_at: z.null(), finished_at: z.string().nullable(), updated_at: z.iso.datetime() },
});
const dataSchema = z.looseObject({ id: z.string(), status: z.string(), url: z.null(), render: renderSchema });
const listSchema = z.strictObject({
  renders: z.array(renderSchema),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

const create = (more: object = {}) => genie.call(dataSchema, 'render.create', { ...emptyTimeline, ...more }, credential);
const list = (input: object) => genie.call(listSchema, 'render.list', input, credential);

describe('render.create', () => {
  it("takes the document's call and gives an id in both readings", async () => {
    const made = await create();
    expect(made).toMatchObject({ id: made.render.id, status: 'queued', render: { status: 'queued', progress: 0, attempts: 0 } });
    expect(made.render).toMatchObject({ width: 1920, height: 1080, duration: 1, output: emptyTimeline.output, metadata: {} });
    expect(made.render.queue_position).toBeGreaterThan(0);
  });

  it.each([
    ['nothing to render', {}, 'invalid_request', 'timeline'],
    ['both a timeline and a template', { ...emptyTimeline, template_id: 'tpl_x' }, 'invalid_request', 'template_id'],
    ['a slip in the body', { ...emptyTimeline, timelines: {} }, 'invalid_request', 'timelines'],
    ['no output', { timeline: { tracks: [] } }, 'invalid_timeline', 'output'],
    ['a slip in the timeline', { ...emptyTimeline, timeline: { trakcs: [] } }, 'invalid_timeline', 'timeline.trakcs'],
    ['a callback that is not https', { ...emptyTimeline, callback: 'http://a.example' }, 'invalid_request', 'callback'],
    ['a callback to a private address', { ...emptyTimeline, callback: 'https://127.1/' }, 'invalid_request', 'callback'],
    ['a priority out of range', { ...emptyTimeline, priority: 11 }, 'invalid_request', 'priority'],
    ['metadata that is too large', { ...emptyTimeline, metadata: { x: 'y'.repeat(17_000) } }, 'invalid_request', 'metadata'],
  ])('refuses %s, naming the place', async (_what, input, code, path) => {
    const { status, body } = await genie.ask('render.create', input, credential);
    const { error } = faultSchema.parse(body);
    expect([status, error.code], JSON.stringify(body)).toEqual([400, code]);
    expect(error.details?.map((detail) => detail.path)).toContain(path);
  });

  it('lets unknown keys pass as warnings where it is asked to', async () => {
    const made = await create({ timeline: { tracks: [], trakcs: [] }, strict: false });
    expect(made.render.warnings).toMatchObject([{ path: 'timeline.trakcs' }]);
  });

  it('knows own assets and renders alone: others are told by the place that names them', async () => {
    const clip = (src: string) => ({ asset: { type: 'video', src }, start: 0, length: 1 });
    for (const src of ['asset://ast_01hzzzzzzzzzzzzzzzzzzzzzzz', `render://${(await create()).id}`]) {
      const { status, body } = await genie.ask(
        'render.create',
        { ...emptyTimeline, timeline: { tracks: [{ clips: [clip(src)] }] } },
        credential,
      );
      expect(status, JSON.stringify(body)).toBe(400);
      expect(faultSchema.parse(body).error.details?.[0]?.path).toBe('timeline.tracks[0].clips[0].asset.src');
    }
  });

  it('under one idempotency key is one render; another body under it is a conflict', async () => {
    const first = await create({ idempotency_key: 'order-1', metadata: { order: 1 } });
    const again = await genie.ask(
      'render.create',
      { ...emptyTimeline, idempotency_key: 'order-1', metadata: { order: 1 } },
      credential,
    );
    expect(again).toMatchObject({ status: 200, body: { data: { id: first.id } }, headers: { 'idempotency-replayed': 'true' } });
    expect(await genie.refusal('render.create', { ...emptyTimeline, idempotency_key: 'order-1' }, credential)).toEqual([
      409,
      'idempotency_conflict',
    ]);
    const byHeader = () => genie.ask('render.create', emptyTimeline, credential, { 'idempotency-key': 'order-3' });
    expect((await byHeader()).body).toMatchObject({ data: { id: dataOf(await byHeader()).id } });
    const person = await genie.signUp();
    const byToken = () =>
      genie.call(dataSchema, 'render.create', { ...emptyTimeline, idempotency_key: 'mine' }, { token: person.token });
    expect((await byToken()).id).toBe((await byToken()).id);
  });

  it('is one render a key however many equal ones come at once: none of them is refused', async () => {
    const orders = Array.from({ length: scaled(100) }, (_, order) => order);
    const posts = orders.flatMap((order) => [1, 2, 3, 4].map(() => order));
    const owner = { key: (await genie.createAccount()).key };
    const made = await Promise.all(
      posts.map(async (order) => {
        const input = { ...emptyTimeline, idempotency_key: `at once ${order}`, metadata: { order } };
        return { order, id: (await genie.call(dataSchema, 'render.create', input, owner)).id };
      }),
    );
    const idsOf = Map.groupBy(made, ({ order }) => order);
    for (const [order, own] of idsOf) expect(new Set(own.map(({ id }) => id)).size, `order ${order}`).toBe(1);
    expect(new Set(made.map(({ id }) => id)).size).toBe(orders.length);
  });

  it('refuses an idempotency key that is none, with a code', async () => {
    for (const key of ['', 'é', 'k'.repeat(256)]) {
      const { status, body } = await genie.ask('render.create', emptyTimeline, credential, { 'idempotency-key': key });
      expect([status, faultSchema.parse(body).error.code]).toEqual([400, 'invalid_request']);
    }
  });

  it('as a dry run, and render.validate, store nothing and tell what would be', async () => {
    const before = (await list({ limit: 100 })).renders.length;
    const dry = { valid: true, errors: [], duration: 1, frames: 30, resolved_timeline: { tracks: [] } };
    for (const [name, input] of [
      ['render.create', { ...emptyTimeline, dry_run: true }],
      ['render.validate', emptyTimeline],
    ] as const)
      expect((await genie.ask(name, input, credential)).body).toMatchObject({ data: dry });
    const bad = await genie.ask('render.validate', { ...emptyTimeline, timeline: { trakcs: 1 } }, credential);
    expect(bad).toMatchObject({ status: 200, body: { data: { valid: false } } });
    const plain = { ...emptyTimeline, callback: 'http://a.example' };
    expect(await genie.ask('render.validate', plain, credential)).toMatchObject({
      body: { data: { valid: false, errors: [{ path: 'callback', code: 'invalid_url' }] } },
    });
    expect((await list({ limit: 100 })).renders).toHaveLength(before);
  });

  it('tells all faults at once: of the edit, its sources, what it wants generated, and the callback', async () => {
    const clips = [
      { asset: { type: 'image', src: 'asset://ast_01hzzzzzzzzzzzzzzzzzzzzzzz' }, start: 0, length: 1 },
      { asset: { type: 'image', prompt: 'a harbour', options: { seed: -1 } }, start: 0, length: 1 },
      { asset: { type: 'image', prompt: 'a harbour', model: 'nobody' }, start: 0, length: 1 },
      { asset: { type: 'color', color: '#ffffff' }, start: 0, length: 0 },
      { asset: { type: 'color', color: '#ffffff' }, start: 0, duration: 1 },
    ];
    const edit = { ...emptyTimeline, timeline: { tracks: [{ clips }] }, callback: 'http://a.example' };
    const { body } = await genie.ask('render.validate', edit, credential);
    const at = (index: number, path: string) => `timeline.tracks[0].clips[${index}].${path}`;
    const { data } = z
      .object({ data: z.object({ errors: z.array(z.object({ path: z.string(), code: z.string() })) }) })
      .parse(body);
    expect(data.errors.map(({ path, code }) => [path, code])).toEqual([
      [at(4, 'duration'), 'unknown_key'],
      [at(2, 'asset.model'), 'unknown_model'],
      [at(3, 'length'), 'zero_length'],
      [at(0, 'asset.src'), 'asset_not_found'],
      [at(1, 'asset.prompt'), 'too_large'],
      ['callback', 'invalid_url'],
    ]);
  });

  it('merges values into the tree with their types, and names every value that is missing', async () => {
    const timeline = { background: '{{ COLOR }}', tracks: [] };
    const output = { ...emptyTimeline.output, fps: '{{FPS}}' };
    const get = async (input: object) => {
      const made = await genie.call(dataSchema, 'render.create', { timeline, output, ...input }, credential);
      return genie.ask('render.get', { id: made.id, include: ['timeline'] }, credential);
    };
    const list = [
      { find: 'COLOR', replace: '#ff0000' },
      { find: 'FPS', replace: 25 },
    ];
    for (const input of [{ merge: list }, { values: { COLOR: '#ff0000', FPS: 25 } }])
      expect((await get(input)).body).toMatchObject({ data: { render: { timeline: { background: '#ff0000' } } } });
    const { status, body } = await genie.ask('render.create', { timeline, output }, credential);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'missing_merge_fields', message: 'No value is given for COLOR, FPS' } });
  });
});

const dataOf = ({ body }: { body: unknown }) => z.object({ data: z.looseObject({ id: z.string() }) }).parse(body).data;

describe('renders', () => {
  it('are somebody’s alone', async () => {
    const { id } = await create();
    for (const name of ['render.get', 'render.cancel', 'render.retry', 'render.delete']) {
      expect(await genie.refusal(name, { id }, stranger), name).toEqual([404, 'render_not_found']);
      expect(await genie.refusal(name, { id: "rnd_'; DROP" }, credential), name).toEqual([404, 'render_not_found']);
    }
  });

  it('are listed newest first, by status, template and metadata, page by page', async () => {
    const made: string[] = [];
    for (const n of [1, 2, 3]) made.push((await create({ metadata: { batch: 'b7', n } })).id);
    const first = await list({ metadata: { batch: 'b7' }, limit: 2 });
    const second = await list({ metadata: { batch: 'b7' }, limit: 2, cursor: first.next_cursor ?? '' });
    expect([...first.renders, ...second.renders].map(({ id }) => id)).toEqual(made.toReversed());
    expect([first.has_more, second.has_more]).toEqual([true, false]);
    expect((await list({ metadata: { batch: 'b7', n: 2 } })).renders.map(({ id }) => id)).toEqual([made[1]]);
    expect((await list({ status: 'done' })).renders).toEqual([]);
    expect(await genie.refusal('render.list', { cursor: 'x' }, credential)).toEqual([400, 'invalid_cursor']);
    expect(await genie.refusal('render.list', { status: 'finished' }, credential)).toEqual([400, 'invalid_request']);
  });

  it('are cancelled while queued, tried again, and deleted once they are over', async () => {
    const { id } = await create({ metadata: { keep: true }, priority: 7, max_queue_seconds: 3600 });
    expect(await genie.refusal('render.delete', { id }, credential)).toEqual([409, 'render_active']);
    expect((await genie.call(dataSchema, 'render.cancel', { id }, credential)).status).toBe('cancelled');
    expect(await genie.refusal('render.cancel', { id }, credential)).toEqual([409, 'not_cancellable']);
    const again = await genie.call(dataSchema, 'render.retry', { id }, credential);
    expect(again.id).not.toBe(id);
    expect(again.render).toMatchObject({ status: 'queued', metadata: { keep: true }, width: 1920 });
    const { rows } = await genie.database.pool.query(
      'SELECT priority, queue_deadline - created_at > $2::interval AS waits FROM jobs WHERE external_id = $1',
      [again.id, '59 minutes'],
    );
    expect(rows).toEqual([{ priority: 7, waits: true }]);
    await genie.call(z.strictObject({ id: z.literal(id), deleted: z.literal(true) }), 'render.delete', { id }, credential);
    expect(await genie.refusal('render.get', { id }, credential)).toEqual([404, 'render_not_found']);
  });

  it('are waited for until they change', async () => {
    const { id } = await create();
    const held = genie.call(dataSchema, 'render.get', { id, wait: 60 }, credential);
    await genie.call(dataSchema, 'render.cancel', { id }, credential);
    expect((await held).status).toBe('cancelled');
  });
});

describe('templates', () => {
  const templateSchema = z.looseObject({
    id: z.string(),
    template: z.looseObject({ version: z.int(), name: z.string(), fields: z.array(z.unknown()) }),
  });
  const source = {
    name: 'Card',
    timeline: { background: '{{ COLOR }}', tracks: [] },
    output: { ...emptyTimeline.output, fps: '{{ FPS }}' },
    merge: { FPS: 25 },
  };
  const batchSchema = z.object({
    data: z.object({
      renders: z.array(z.object({ id: z.string().optional(), error: z.object({ code: z.string() }).optional() })),
    }),
  });
  const make = (more: object = {}) => genie.call(templateSchema, 'template.create', { ...source, ...more }, credential);

  it('tell their fields, keep their versions, and are checked with placeholders as wildcards', async () => {
    const { id, template } = await make();
    expect(template).toMatchObject({
      version: 1,
      fields: [
        { name: 'COLOR', required: true, default: null, used_at: ['timeline.background'] },
        { name: 'FPS', required: false, default: 25, used_at: ['output.fps'] },
      ],
    });
    const update = await genie.call(
      templateSchema,
      'template.update',
      { id, name: 'Postcard', merge: { COLOR: '#000000' } },
      credential,
    );
    expect(update.template).toMatchObject({ version: 2, name: 'Postcard', timeline: source.timeline });
    const old = await genie.call(templateSchema, 'template.get', { id, version: 1 }, credential);
    expect(old.template).toMatchObject({ version: 1, latest_version: 2, name: 'Card', merge: { FPS: 25 } });
    expect(await genie.refusal('template.get', { id, version: 9 }, credential)).toEqual([404, 'template_not_found']);
    expect(await genie.refusal('template.create', { ...source, timeline: { trakcs: [] } }, credential)).toEqual([
      400,
      'invalid_timeline',
    ]);
  });

  it('are rendered with values over their defaults; a missing value is named', async () => {
    const { id } = await make();
    const rendered = await genie.call(dataSchema, 'template.render', { id, merge: { COLOR: '#112233' } }, credential);
    expect(rendered.render).toMatchObject({ template_id: id, template_version: 1, warnings: [] });
    expect(rendered.render.output).toEqual({ ...emptyTimeline.output, fps: 25 });
    expect(await genie.refusal('template.render', { id }, credential)).toEqual([400, 'missing_merge_fields']);
    const created = await genie.call(dataSchema, 'render.create', { template_id: id, values: { COLOR: '#112233' } }, credential);
    expect((await list({ template_id: id })).renders.map((render) => render.id)).toEqual([created.id, rendered.id]);
  });

  it('are rendered in batches, in which a bad item stops no other', async () => {
    const { id } = await make();
    const items = [{ merge: { COLOR: '#000000' }, metadata: { n: 1 } }, {}, { merge: { COLOR: '#ffffff' }, metadata: { n: 3 } }];
    const { body } = await genie.ask('template.render_batch', { id, items }, credential);
    expect(body).toMatchObject({
      data: {
        created: 2,
        failed: 1,
        renders: [
          { index: 0, render: { metadata: { n: 1 } } },
          { index: 1, error: { code: 'missing_merge_fields' } },
          { index: 2, render: { metadata: { n: 3 } } },
        ],
      },
    });
    const batch = async (more: object[]) => {
      const answer = await genie.ask('template.render_batch', { id, items: [...items, ...more] }, credential, {
        'idempotency-key': `batch of ${id}`,
      });
      return batchSchema.parse(answer.body).data.renders.map((item) => item.id ?? item.error?.code);
    };
    const first = await batch([]);
    expect(first).toEqual([expect.stringMatching(/^rnd_/), 'missing_merge_fields', expect.stringMatching(/^rnd_/)]);
    expect(new Set(first).size).toBe(3);
    expect((await batch([items[0] ?? {}])).slice(0, 3)).toEqual(first);
    const many = Array.from({ length: 101 }, () => ({}));
    expect(await genie.refusal('template.render_batch', { id, items: many }, credential)).toEqual([400, 'invalid_request']);
  });

  it('are somebody’s alone, and gone when deleted; their renders stay', async () => {
    const { id } = await make();
    const rendered = await genie.call(dataSchema, 'template.render', { id, merge: { COLOR: '#112233' } }, credential);
    for (const name of ['template.get', 'template.update', 'template.delete', 'template.render'])
      expect(await genie.refusal(name, { id }, stranger), name).toEqual([404, 'template_not_found']);
    expect(await genie.refusal('render.create', { template_id: id }, stranger)).toEqual([404, 'template_not_found']);
    await genie.call(z.looseObject({ deleted: z.literal(true) }), 'template.delete', { id }, credential);
    expect(await genie.refusal('template.render', { id }, credential)).toEqual([404, 'template_not_found']);
    expect((await genie.call(dataSchema, 'render.get', { id: rendered.id }, credential)).id).toBe(rendered.id);
  });
});
