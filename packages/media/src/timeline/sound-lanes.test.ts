import { describe, expect, it } from 'vitest';
import { spreadOverLanes } from './sound-lanes.ts';

const spans = (...pairs: [number, number][]) => pairs.map(([from, to]) => ({ from, to }));

describe('spreadOverLanes', () => {
  it('plays what follows each other on one lane, with the silence between', () => {
    expect(spreadOverLanes(spans([10, 20], [0, 5], [20, 30]))).toEqual([
      [
        { item: { from: 0, to: 5 }, gap: 0 },
        { item: { from: 10, to: 20 }, gap: 5 },
        { item: { from: 20, to: 30 }, gap: 0 },
      ],
    ]);
  });

  it('opens a lane for what overlaps, and fills lanes that are free again', () => {
    const lanes = spreadOverLanes(spans([0, 10], [5, 15], [10, 20], [12, 14], [15, 16]));
    expect(lanes.map((lane) => lane.map(({ item, gap }) => [item.from, gap]))).toEqual([
      [
        [0, 0],
        [10, 0],
      ],
      [
        [5, 5],
        [15, 0],
      ],
      [[12, 12]],
    ]);
  });
});
