import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { buildEngine, buildSimVenue, readFees } from "../../../src/app/compose/engine.ts";
import {
  followedSeries,
  kalshiFeed,
  kalshiRest,
  spotFeed,
} from "../../../src/app/compose/feeds.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { driverOf } from "../../../src/app/compose/record.ts";
import { type RunEnd, runFeeds } from "../../../src/app/run.ts";
import { Session } from "../../../src/app/session.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { ConnectionFaults } from "../../../src/exchange/faults/fault-statistics.ts";
import type { Feed } from "../../../src/ports.ts";

/** A row of `feed_gaps`, as far as it says what it covers. */
interface GapRow {
  readonly source: string;
  readonly sid: number | null;
  readonly from_seq: number | null;
  readonly to_seq: number | null;
  readonly from_ms: number | null;
  readonly to_ms: number;
}

export interface ChaosRun {
  readonly end: RunEnd;
  /** What the exchange says about each connection. */
  readonly connections: readonly ConnectionFaults[];
  readonly feeds: readonly Feed[];
  /** Market descriptions and settlements, which come over REST. */
  readonly facts: number;
  /** Rows stored, by table. */
  readonly rows: ReadonlyMap<string, number>;
  readonly gaps: readonly GapRow[];
  readonly endMs: number;
}

/** What `kbt paper --sim=chaos` does for so many minutes of the exchange, with the exchange's own books kept open. */
export async function runChaos(options: {
  readonly seed: number;
  readonly minutes: number;
  readonly path: string;
  /** Lockstep without sockets when left out. */
  readonly speed?: number;
}): Promise<ChaosRun> {
  const { seed, minutes, path, speed = "max" } = options;
  const { signal } = new AbortController();
  const config = DEFAULTS;
  const env = await openLocalExchange({ scenario: "chaos", seed, speed });
  const exchange = env.sim?.simulation as LocalExchange;
  const rest = kalshiRest(env);
  const kalshi = await kalshiFeed(config, env, { rest, spotUsd: () => null }, signal);
  const feeds = [kalshi, spotFeed("coinbase", config, env)];
  const fees = await readFees(config, rest, followedSeries(config, env), signal);
  const startMs = env.clock.nowMs();
  const run = {
    mode: "paper",
    startedMs: startMs,
    version: "test",
    config: {},
    command: "",
  } as const;
  const recorder = createRecorder({ path, env: "sim", run, nowMs: () => env.clock.nowMs() });
  const { runId } = recorder;
  const engine = buildEngine(config, { runId, runKey: "chaos", strategies: [], fees });
  const venue = buildSimVenue(config, engine);
  const resync = (ticker: string, reason: string): void => kalshi.resync(ticker, reason);
  const session = new Session({ recorder, engine, venue, startMs, resync });
  const end = await runFeeds(
    {
      feeds,
      session,
      clock: env.clock,
      real: env.real,
      drive: driverOf(env),
      stopWhen: (nowMs) => (nowMs >= startMs + minutes * 60_000 ? "until" : null),
      seconds: null,
      flushMs: config.storage.flush_ms,
      flush: () => recorder.flush(),
      progress: () => {},
    },
    signal,
  );
  const rows = recorder.counts();
  recorder.close(0);
  await env.close();
  return {
    end,
    connections: exchange.faults.statistics().connections,
    feeds,
    facts: session.totals.facts,
    rows: new Map([...rows, ...recorder.counts()]),
    gaps: readGaps(path),
    endMs: env.clock.nowMs(),
  };
}

function readGaps(path: string): GapRow[] {
  const reader = openReader(path);
  try {
    return reader.db
      .prepare<[], GapRow>("SELECT source, sid, from_seq, to_seq, from_ms, to_ms FROM feed_gaps")
      .all();
  } finally {
    reader.close();
  }
}

/** Frames of a venue that reached the client, copies and inventions included. */
export function arrivedFrames({ connections }: ChaosRun, venue: string): number {
  let count = 0;
  for (const each of connections) {
    if (each.venue !== venue) continue;
    for (const { delivered, extra } of Object.values(each.channels)) count += delivered + extra;
  }
  return count;
}

/** Withheld frames that no gap row covers, as texts. */
export function uncovered({ connections, gaps, endMs }: ChaosRun): string[] {
  return connections.flatMap((each) =>
    each.withheld
      .filter(({ atMs }) => !isAbandoned(each, connections, atMs))
      // An answer without a number is no data.
      .filter(({ channel, seq }) => !(channel === "control" && seq === null))
      .filter(({ by }) => !(each.endedMs === endMs && UNHEARD.has(by)))
      .filter((frame) => !gaps.some((gap) => covers(gap, each, frame)))
      .map((frame) => `${each.venue} ${each.connection}: ${JSON.stringify(frame)}`),
  );
}

/** What had not arrived when the run ended is no gap in it. */
const UNHEARD: ReadonlySet<string> = new Set(["half_open", "ended by client"]);

/** The client had a newer connection to the venue: a half-open link does not tell the exchange that nobody is there. */
function isAbandoned(
  { venue, openedMs }: ConnectionFaults,
  connections: readonly ConnectionFaults[],
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
  if (gap.to_seq !== null) return isOfConnection && isInHole(gap, connection, frame);
  const isAfterLast = fromMs - STEP_MS <= frame.atMs || isBehind(gap, frame);
  const isInOutage = isAfterLast && frame.atMs <= gap.to_ms;
  return isInOutage || (isOfConnection && isTail(connection, frame));
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
