// What faults did to the frames of each connection, so that a test can say of every single one what became of it.
//
// A frame counts as `sent` at the moment at which the exchange hands it to a connection's socket: it has its number and
// the exchange will not say it again. From there it is either
//   delivered  given to the transport, in time or late, whole or changed (`altered` of them), or
//   withheld   by a fault: dropped, or caught in a link that was cut, half open or slow when it ended; each is listed.
// While nothing is on its way, sent = delivered + withheld. Copies of a frame and frames the exchange never made come on
// top (`extra`): a client receives delivered + extra frames, of which it can account for every one, while the withheld
// ones must lie in a gap that it recorded. A muted sid sends nothing: what the market did meanwhile has no number, is
// counted as `muted` and can be noticed by age only. Frames in a socket's buffer when the client hangs up count as
// delivered, because no server can know better.
//
// Counts begin with the first rule that is added, at the frame that follows; without rules nothing is counted here.

/** Withheld frames listed of each connection; the counts go on. */
const LISTED = 3000;
/** Ended connections kept. */
const KEPT = 500;

export interface WithheldFrame {
  readonly channel: string;
  readonly sid: number | null;
  readonly seq: number | null;
  readonly ticker: string | null;
  readonly atMs: number;
  /** The fault that withheld it. */
  readonly by: string;
}

export interface ChannelCounts {
  sent: number;
  delivered: number;
  /** Of those delivered, changed on the way. */
  altered: number;
  withheld: number;
  /** Copies, and frames that the exchange never made. */
  extra: number;
  muted: number;
}

type EndedBy = "client" | "exchange" | "fault";

/** The counts of one connection while it is kept. */
export interface ConnectionCounts {
  readonly connection: number;
  readonly venue: string;
  readonly openedMs: number;
  endedMs: number | null;
  endedBy: EndedBy | null;
  readonly channels: Map<string, ChannelCounts>;
  readonly newestSeq: Map<number, number>;
  waiting: number;
  readonly withheld: WithheldFrame[];
}

export interface ConnectionFaults {
  /** Counts from 1 over all venues, in order of arrival. */
  readonly connection: number;
  readonly venue: string;
  readonly openedMs: number;
  /** Null while it is open. */
  readonly endedMs: number | null;
  readonly endedBy: EndedBy | null;
  /** Acknowledgements and errors are in the channel "control". */
  readonly channels: Readonly<Record<string, Readonly<ChannelCounts>>>;
  /** By sid, the highest number that was delivered: what is withheld above it is the connection's tail. */
  readonly newestSeq: Readonly<Record<string, number>>;
  /** Frames whose time has not come yet. */
  readonly waiting: number;
  readonly withheld: readonly WithheldFrame[];
}

export interface FaultStatistics {
  readonly connections: readonly ConnectionFaults[];
}

/** Counts of every connection there was. */
export class FaultTally {
  readonly #connections: ConnectionCounts[] = [];

  open(connection: number, venue: string, openedMs: number): ConnectionCounts {
    const counts: ConnectionCounts = {
      connection,
      venue,
      openedMs,
      endedMs: null,
      endedBy: null,
      channels: new Map(),
      newestSeq: new Map(),
      waiting: 0,
      withheld: [],
    };
    this.#connections.push(counts);
    if (this.#connections.length > KEPT) this.#connections.shift();
    return counts;
  }

  read(): FaultStatistics {
    return {
      connections: this.#connections.map((counts) => ({
        ...counts,
        channels: Object.fromEntries(
          [...counts.channels].map(([name, each]) => [name, { ...each }] as const),
        ),
        newestSeq: Object.fromEntries(counts.newestSeq),
        withheld: [...counts.withheld],
      })),
    };
  }
}

/** The counts of one channel of a connection. */
export function channelCounts(counts: ConnectionCounts, channel: string): ChannelCounts {
  const known = counts.channels.get(channel);
  if (known !== undefined) return known;
  const fresh = { sent: 0, delivered: 0, altered: 0, withheld: 0, extra: 0, muted: 0 };
  counts.channels.set(channel, fresh);
  return fresh;
}

/** Notes a frame that is given to the transport. */
export function noteDelivered(
  counts: ConnectionCounts,
  frame: { readonly channel: string; readonly sid: number | null; readonly seq: number | null },
  isAltered: boolean,
): void {
  const channel = channelCounts(counts, frame.channel);
  channel.delivered++;
  if (isAltered) channel.altered++;
  const { sid, seq } = frame;
  if (sid === null || seq === null) return;
  counts.newestSeq.set(sid, Math.max(seq, counts.newestSeq.get(sid) ?? 0));
}

/** Notes a frame that was sent and will never arrive. */
export function noteWithheld(counts: ConnectionCounts, frame: WithheldFrame): void {
  channelCounts(counts, frame.channel).withheld++;
  if (counts.withheld.length < LISTED) counts.withheld.push(frame);
}
