/** A stretch of samples, [from, to). */
export interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

/** What one lane plays, one after the other; `gap` is the silence before it. */
export interface LaneItem<T> {
  readonly item: T;
  readonly gap: number;
}

/**
 * Spreads items over as few lanes as hold them without overlap: joined end to end they cost far less than mixing, where each would be added
 * over the whole length.
 */
export const spreadOverLanes = <T extends SampleSpan>(items: readonly T[]): LaneItem<T>[][] => {
  const lanes: { end: number; items: LaneItem<T>[] }[] = [];
  for (const item of items.toSorted((one, other) => one.from - other.from)) {
    let lane = lanes.find(({ end }) => end <= item.from);
    if (lane === undefined) {
      lane = { end: 0, items: [] };
      lanes.push(lane);
    }
    lane.items.push({ item, gap: item.from - lane.end });
    lane.end = item.to;
  }
  return lanes.map((lane) => lane.items);
};
