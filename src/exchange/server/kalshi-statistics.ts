// What the exchange has handed to its sockets, counted at that moment. Tests compare it with what a collector stored,
// so nothing here is ever corrected afterwards: a frame lost on the way was sent.

/** Closed connections kept one by one; older ones live on in the totals. */
const KEPT = 1000;

type FrameCounts = Record<string, number>;

export interface ChannelStatistics {
  /** Data frames by message type. */
  readonly frames: Readonly<FrameCounts>;
  /** Frames that did not fit into the buffer of a slow consumer, and so ended its subscription. */
  readonly dropped: number;
}

export interface ConnectionStatistics {
  /** Counts from 1 in order of arrival. */
  readonly connection: number;
  readonly openedMs: number;
  /** Null while it is open. */
  readonly closedMs: number | null;
  /** Answers to commands, errors among them. */
  readonly replies: number;
  readonly errors: number;
  readonly channels: Readonly<Record<string, ChannelStatistics>>;
}

type Totals = Omit<ConnectionStatistics, "connection" | "openedMs" | "closedMs"> & {
  readonly connections: number;
  readonly refused: number;
};

export interface HubStatistics {
  readonly totals: Totals;
  /** Open connections and the newest closed ones, in order of arrival. */
  readonly connections: readonly ConnectionStatistics[];
}

/** Counts of one channel of one connection. */
export class ChannelTally {
  readonly frames = new Map<string, number>();
  dropped = 0;

  sent(type: string): void {
    this.frames.set(type, (this.frames.get(type) ?? 0) + 1);
  }

  read(): ChannelStatistics {
    return { frames: Object.fromEntries(this.frames), dropped: this.dropped };
  }
}

/** Counts of one connection. */
export class ConnectionTally {
  readonly connection: number;
  readonly #openedMs: number;
  readonly #channels = new Map<string, ChannelTally>();
  closedMs: number | null = null;
  replies = 0;
  errors = 0;

  constructor(connection: number, openedMs: number) {
    this.connection = connection;
    this.#openedMs = openedMs;
  }

  channel(name: string): ChannelTally {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const fresh = new ChannelTally();
    this.#channels.set(name, fresh);
    return fresh;
  }

  read(): ConnectionStatistics {
    const { connection, closedMs, replies, errors } = this;
    const channels = Object.fromEntries(
      [...this.#channels].map(([name, tally]) => [name, tally.read()] as const),
    );
    return { connection, openedMs: this.#openedMs, closedMs, replies, errors, channels };
  }

  /** Adds these counts to others, channel by channel. */
  addTo(sum: ConnectionTally): void {
    sum.replies += this.replies;
    sum.errors += this.errors;
    for (const [name, tally] of this.#channels) {
      const total = sum.channel(name);
      total.dropped += tally.dropped;
      for (const [type, count] of tally.frames) {
        total.frames.set(type, (total.frames.get(type) ?? 0) + count);
      }
    }
  }
}

/** Counts of every connection there was. */
export class HubTally {
  refused = 0;
  readonly #listed: ConnectionTally[] = [];
  /** What the connections that are no longer listed have sent. */
  readonly #forgotten = new ConnectionTally(0, 0);
  #count = 0;

  open(nowMs: number): ConnectionTally {
    const tally = new ConnectionTally(++this.#count, nowMs);
    this.#listed.push(tally);
    if (this.#listed.length > KEPT) this.#forgetOldest();
    return tally;
  }

  // Open ones are listed whatever their age; there are at most a few hundred of them.
  #forgetOldest(): void {
    const at = this.#listed.findIndex(({ closedMs }) => closedMs !== null);
    if (at === -1) return;
    for (const tally of this.#listed.splice(at, 1)) tally.addTo(this.#forgotten);
  }

  read(): HubStatistics {
    const sum = new ConnectionTally(0, 0);
    this.#forgotten.addTo(sum);
    for (const tally of this.#listed) tally.addTo(sum);
    const { replies, errors, channels } = sum.read();
    return {
      totals: { connections: this.#count, refused: this.refused, replies, errors, channels },
      connections: this.#listed.map((tally) => tally.read()),
    };
  }
}
