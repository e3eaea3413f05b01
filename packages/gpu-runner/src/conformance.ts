import { type FilmTaskType, filmTaskSchema, pictureTaskSchema, type RunnerTaskType, refineTaskSchema } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filmCases } from './conformance/films.ts';
import { pictureCases } from './conformance/pictures.ts';
import { refineCases } from './conformance/refinements.ts';
import type { ClipSize, RunnerTarget } from './conformance/target.ts';

export type { ClipSize, RunnerTarget } from './conformance/target.ts';

export interface RunnerSuiteOptions {
  /** The tasks that the runner must declare: no more, no less. */
  readonly tasks: readonly RunnerTaskType[];
  /** Films of these sizes are made of every film task; the first is used for everything else. */
  readonly sizes: (type: FilmTaskType) => readonly ClipSize[];
}

const filmTypes: readonly FilmTaskType[] = filmTaskSchema.options.map(({ shape }) => shape.type.value);

const pictureTypes = pictureTaskSchema.options.map(({ shape }) => shape.type.value);
const refineTypes = refineTaskSchema.options.map(({ shape }) => shape.type.value);

/** What every Runner guarantees, checked on a real one over the tasks that it declares. `open` makes it; it is closed at the end. */
export const describeRunner = (name: string, open: () => Promise<RunnerTarget>, options: RunnerSuiteOptions): void => {
  describe(name, () => {
    let opened: RunnerTarget | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.runner.close();
      await opened?.close();
    });
    const target = (): RunnerTarget => {
      if (opened === undefined) throw new Error(`${name} was not opened`);
      return opened;
    };

    it('declares its tasks', () => {
      expect([...target().runner.tasks].toSorted()).toEqual([...options.tasks].toSorted());
    });
    for (const type of filmTypes) {
      if (options.tasks.includes(type)) describe(`films of ${type}`, () => filmCases(type, target, options.sizes(type)));
    }
    for (const type of pictureTypes)
      if (options.tasks.includes(type)) describe(`a picture of ${type}`, () => pictureCases(type, target));
    for (const type of refineTypes)
      if (options.tasks.includes(type)) describe(`a film of ${type}`, () => refineCases(type, target));
  });
};
