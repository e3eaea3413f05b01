/** What was measured of films and sounds, by what they hold; the longest unused goes first. One a process: bytes that are the same always measure the same. */
export class KnownFacts<T> {
  readonly #known = new Map<string, T>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Without an identity it is measured each time. What throws is not remembered. */
  async get(identity: string | undefined, measure: () => Promise<T>): Promise<T> {
    if (identity === undefined) return measure();
    const facts = this.#known.get(identity) ?? (await measure());
    this.#known.delete(identity);
    this.#known.set(identity, facts);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#entriesMax && oldest !== undefined) this.#known.delete(oldest);
    return facts;
  }
}
