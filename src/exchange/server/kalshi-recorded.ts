/** How far one channel of a recording's present connection has been served; all zero in a scenario. */
export interface RecordedChannel {
  /** Newest recorded sequence number; 0 before the first frame. */
  lastSeq: number;
  /** Markets of which the connection has brought a frame. */
  readonly begun: Set<string>;
}

/** How far a recording's present connection has been served, by channel. */
export class RecordedSeq {
  readonly #channels = new Map<string, RecordedChannel>();

  channel(name: string): RecordedChannel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const fresh = { lastSeq: 0, begun: new Set<string>() };
    this.#channels.set(name, fresh);
    return fresh;
  }

  note(name: string, ticker: string, seq: number | null): void {
    const channel = this.channel(name);
    channel.begun.add(ticker);
    if (seq !== null) channel.lastSeq = seq;
  }

  /** The recording's next connection counts from the start. */
  reset(): void {
    this.#channels.clear();
  }
}
