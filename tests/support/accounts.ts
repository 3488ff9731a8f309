import type { ConnectionFaults } from "../../src/exchange/faults/fault-statistics.ts";

// The promise of a record: what the exchange sent is stored, rejected with a reason, or lies in a gap that is on file.
// The exchange counts for itself (fault-statistics.ts); these functions hold its counts against a database's.

/** A row of `feed_gaps`, as far as it says what it covers. */
export interface GapRow {
  readonly source: string;
  readonly sid: number | null;
  readonly from_seq: number | null;
  readonly to_seq: number | null;
  readonly from_ms: number | null;
  readonly to_ms: number;
}

/** Columns of `feed_gaps` that a `GapRow` wants. */
export const GAP_COLUMNS = "source, sid, from_seq, to_seq, from_ms, to_ms";

type Connections = readonly ConnectionFaults[];

/** Frames of a venue that reached its clients, copies and inventions included. */
export function arrivedFrames(connections: Connections, venue: string): number {
  let count = 0;
  for (const each of connections) {
    if (each.venue !== venue) continue;
    for (const { delivered, extra } of Object.values(each.channels)) count += delivered + extra;
  }
  return count;
}

/** Connections of a venue that their client ended: what was on its way then was delivered and never read. */
export function hangUps(connections: Connections, venue: string): number {
  return connections.filter((each) => each.venue === venue && each.endedBy === "client").length;
}

/** Withheld frames of a venue that no gap row covers, as texts. `endMs` is when the clients stopped. */
export function uncoveredFrames(
  {
    connections,
    gaps,
    endMs,
  }: { connections: Connections; gaps: readonly GapRow[]; endMs: number },
  venue: string,
): string[] {
  return connections
    .filter((each) => each.venue === venue)
    .flatMap((each) =>
      each.withheld
        .filter(({ atMs }) => !isAbandoned(each, connections, atMs))
        // An answer without a number is no data.
        .filter(({ channel, seq }) => !(channel === "control" && seq === null))
        .filter(({ by, atMs }) => atMs <= endMs && !(UNHEARD.has(by) && isOpenAt(each, endMs)))
        .filter((frame) => !gaps.some((gap) => covers(gap, each, frame)))
        .map((frame) => `${each.venue} ${each.connection}: ${JSON.stringify(frame)}`),
    );
}

/** What had not arrived when the run ended is no gap in it. */
const UNHEARD: ReadonlySet<string> = new Set(["half_open", "ended by client"]);

function isOpenAt({ endedMs }: ConnectionFaults, endMs: number): boolean {
  return endedMs === null || endedMs >= endMs;
}

/** The client had a newer connection to the venue: a half-open link does not tell the exchange that nobody is there. */
function isAbandoned(
  { venue, openedMs }: ConnectionFaults,
  connections: Connections,
  atMs: number,
): boolean {
  return connections.some(
    (other) => other.venue === venue && other.openedMs > openedMs && other.openedMs <= atMs,
  );
}

/** Over sockets the clock moves in steps: what was sent within one is read, and stamped, at its end. */
const STEP_MS = 200;

type Withheld = ConnectionFaults["withheld"][number];

function covers(gap: GapRow, connection: ConnectionFaults, frame: Withheld): boolean {
  const { venue, openedMs, endedMs } = connection;
  if (gap.source !== venue) return false;
  const fromMs = gap.from_ms ?? openedMs;
  const isOfConnection = fromMs >= openedMs && fromMs <= (endedMs ?? fromMs);
  const isNumbered = gap.to_seq !== null && frame.seq !== null;
  if (isNumbered) return isOfConnection && isInHole(gap, connection, frame);
  return isInOutage(gap, fromMs, frame) || (isOfConnection && isTail(connection, frame));
}

function isInOutage(gap: GapRow, fromMs: number, frame: Withheld): boolean {
  const isAfterLast = fromMs - STEP_MS <= frame.atMs || isBehind(gap, frame);
  // A hole in trade ids is noticed within the same step as the frame that shows it.
  return isAfterLast && frame.atMs <= gap.to_ms + (gap.to_seq === null ? 0 : STEP_MS);
}

/** The gap begins with a number: on a busy machine a frame is read later than its follower was sent. */
function isBehind({ sid, from_seq: from }: GapRow, frame: Withheld): boolean {
  return sid === frame.sid && from !== null && frame.seq !== null && frame.seq > from;
}

/** Nothing of its sid was delivered after it: it belongs to the end of the connection. */
function isTail({ newestSeq }: ConnectionFaults, { sid, seq }: Withheld): boolean {
  return sid !== null && seq !== null && seq > (newestSeq[sid] ?? 0);
}

function isInHole(
  gap: GapRow,
  { endedMs }: ConnectionFaults,
  { sid, seq, atMs }: Withheld,
): boolean {
  const { from_seq: from, to_seq: to, to_ms: toMs } = gap;
  if (gap.sid !== sid || seq === null || from === null || to === null) return false;
  // On a slow link a hole is noticed long after its frame was sent.
  const isNoticed = atMs <= toMs && toMs <= (endedMs ?? toMs);
  return isNoticed && from <= seq && seq <= to;
}
