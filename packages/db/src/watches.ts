/** Who in this process waits for news of what, by its id. */
export function createWatches<News>() {
  const watches = new Map<string, Set<(news: News) => void>>();
  return {
    /** Returns what ends the watch. */
    watch(id: string, hear: (news: News) => void): () => void {
      const hears = watches.get(id) ?? new Set();
      watches.set(id, hears.add(hear));
      return () => {
        hears.delete(hear);
        if (hears.size === 0 && watches.get(id) === hears) watches.delete(id);
      };
    },
    tell(id: string, news: News): void {
      for (const hear of watches.get(id) ?? []) hear(news);
    },
    tellAll(news: News): void {
      for (const hears of [...watches.values()]) for (const hear of hears) hear(news);
    },
  };
}
