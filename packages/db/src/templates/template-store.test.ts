import { afterEach, beforeEach, expect, it } from 'vitest';
import { testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterEach(() => db.drop());

const surface = 'test-surface';
const content = (name: string) => ({ name, description: null, body: { timeline: { tracks: [], note: name } } });
const create = (name: string, templatesMax = 10) =>
  db.templates.create({ id: testIds.next('template'), accountId: 'usr_1', surface, templatesMax, ...content(name) });

it('a change is a new version and leaves the older ones as they are', async () => {
  const { id } = await create('one');
  const key = { accountId: 'usr_1', surface, id };
  expect(await db.templates.addVersion({ ...key, fromVersion: 1, ...content('two') })).toMatchObject({ version: 2, name: 'two' });
  expect(await db.templates.find(key)).toMatchObject({ version: 2, latestVersion: 2, ...content('two') });
  expect(await db.templates.find({ ...key, version: 1 })).toMatchObject({ version: 1, latestVersion: 2, ...content('one') });
  expect(await db.templates.find({ ...key, version: 3 })).toBeNull();
});

it('of two changes to one version the second is refused', async () => {
  const { id } = await create('one');
  const change = (name: string) => db.templates.addVersion({ accountId: 'usr_1', surface, id, fromVersion: 1, ...content(name) });
  const ends = await Promise.allSettled([change('a'), change('b')]);
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  expect(refused).toMatchObject([{ kind: 'conflict', code: 'template_changed' }]);
});

it('templates are listed by pages, newest first, and removed with all versions; others never see them', async () => {
  const made = [];
  for (const name of ['a', 'b', 'c']) made.push(await create(name, 3));
  await expect(create('d', 3)).rejects.toMatchObject({ code: 'too_many_templates' });
  const page = await db.templates.list({ accountId: 'usr_1', surface, limit: 2 });
  const rest = await db.templates.list({ accountId: 'usr_1', surface, limit: 2, afterId: page.templates[1]?.id ?? '' });
  const ids = [...page.templates, ...rest.templates].map(({ id }) => id);
  expect(ids).toEqual(
    made
      .map(({ id }) => id)
      .toSorted()
      .toReversed(),
  );
  const key = { accountId: 'usr_1', surface, id: ids[0] ?? '' };
  for (const foreign of [
    { ...key, accountId: 'usr_2' },
    { ...key, surface: 'another' },
  ]) {
    expect(await db.templates.find(foreign)).toBeNull();
    expect(await db.templates.remove(foreign)).toBe(false);
  }
  expect([await db.templates.remove(key), await db.templates.remove(key)]).toEqual([true, false]);
});
