import { describe, expect, test } from "vitest";
import { createKalshiFeed } from "../../../../src/adapters/feeds/kalshi/feed.ts";
import { createKalshiPoll } from "../../../../src/adapters/feeds/kalshi/poll.ts";
import { createSigner } from "../../../../src/adapters/kalshi/auth.ts";
import { createKalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { seriesOfTicker } from "../../../../src/core/market.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { WorldControls } from "../../../../src/exchange/world.ts";
import type { Feed } from "../../../../src/ports.ts";

// What happens to a market before its time, as the local exchange plays it: over the socket with a key, and by polling
// without one. Both must come to know of it within seconds.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const SERIES = "KXBTC15M";

interface Run {
  readonly events: MarketEvent[];
  readonly feed: Feed;
  readonly exchange: LocalExchange;
  readonly startMs: number;
  /** The market that trades at the start. */
  readonly ticker: string;
  readonly closeMs: number;
  readonly controls: WorldControls;
  readonly status: (atMs: number) => string;
}

type Act = (run: Pick<Run, "controls" | "ticker" | "closeMs"> & { readonly nowMs: number }) => void;

interface Plot {
  readonly signed: boolean;
  readonly startMs?: number;
  readonly tickers?: (first: string) => readonly string[];
  /** What is done at which time after the start. */
  readonly acts: readonly (readonly [afterMs: number, act: Act])[];
  readonly lengthMs: number;
}

async function play({ acts, lengthMs, signed, startMs, tickers }: Plot): Promise<Run> {
  const at = startMs === undefined ? {} : { startMs };
  const world = createScenarioWorld({ scenario: "quiet", seed: 11, ...at });
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(world.startMs);
  const http = createLockstepHttp(exchange, clock);
  const { keyId, privateKeyPem } = exchange;
  const signer = signed ? createSigner({ keyId, privateKeyPem }) : null;
  const rest = createKalshiRest({
    baseUrl: "http://exchange.local/trade-api/v2",
    http,
    clock,
    signer,
  });
  const first = world
    .markets()
    .find(({ seriesTicker, status }) => seriesTicker === SERIES && status === "active");
  const controls = world.controls;
  if (first === undefined || controls === undefined) throw new Error("nothing trades");
  const { closeMs, ticker } = first;
  const url = "ws://exchange.local/trade-api/ws/v2";
  const openSocket = createLockstepSocket(exchange);
  const feed = createKalshiFeed({
    rest,
    stream: signed
      ? createKalshiStream({ url, openSocket, signer, clock, rng: mulberry32(1) })
      : createKalshiPoll({ rest, clock }),
    clock,
    config: {
      series: [SERIES],
      eventTicker: null,
      tickers: tickers?.(ticker) ?? [],
      strikesAround: 3,
      pageLimit: 100,
      maxPages: 1,
      status: "open",
    },
    spotHint: () => null,
  });
  const events: MarketEvent[] = [];
  const statuses: [ms: number, text: string][] = [];
  const stop = new AbortController();
  const running = feed.run((event) => events.push(event), stop.signal);
  await turn();
  const due = [...acts];
  const real = createSystemClock();
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        const afterMs = nowMs - world.startMs;
        while (due[0] !== undefined && due[0][0] <= afterMs) {
          due.shift()?.[1]({ controls, ticker, closeMs, nowMs });
        }
        statuses.push([afterMs, feed.status()]);
        if (afterMs >= lengthMs) stop.abort();
      },
    },
    stop.signal,
  );
  stop.abort();
  await running;
  const status = (atMs: number): string => statuses.findLast(([ms]) => ms <= atMs)?.[1] ?? "";
  return { events, feed, exchange, startMs: world.startMs, ticker, closeMs, controls, status };
}

/** Changes of one market, with the time after the start at which each became known. */
function changes({ events, startMs, ticker }: Run) {
  return events.flatMap((event) =>
    event.type === "market" && event.market.ticker === ticker
      ? [{ afterMs: event.recvMs - startMs, market: event.market }]
      : [],
  );
}

function expectSound({ exchange, feed }: Run): void {
  const { stats } = feed;
  expect([...stats.rejected]).toEqual([]);
  expect(stats).toMatchObject({ gaps: 0, received: stats.emitted });
  expect(exchange.ledger.violations()).toEqual([]);
}

describe.each([
  ["over the socket", true],
  ["by polling", false],
])("%s", (_name, signed) => {
  test("a close moved to an earlier time moves the market, its end and its settlement", async () => {
    const movedMs = 2 * MINUTE;
    const run = await play({
      signed,
      acts: [[MINUTE, ({ controls, nowMs, ticker }) => controls.moveClose(ticker, nowMs + MINUTE)]],
      lengthMs: 3 * MINUTE,
    });
    const moved = changes(run).find(({ market }) => market.closeMs < run.closeMs);
    expect(moved?.market.closeMs).toBeLessThanOrEqual(run.startMs + movedMs + SECOND);
    expect(moved?.afterMs).toBeLessThan(MINUTE + 3 * SECOND);
    const settled = run.events.find((event) => event.type === "settlement" && event.final);
    expect(settled).toMatchObject({ ticker: run.ticker });
    expect((settled?.recvMs ?? 0) - run.startMs).toBeLessThan(movedMs + 40 * SECOND);
    const books = run.events.filter((event) => event.type === "snapshot" || event.type === "delta");
    const last = books.findLast(({ ticker }) => ticker === run.ticker);
    expect((last?.recvMs ?? 0) - run.startMs).toBeLessThanOrEqual(movedMs + 33 * SECOND);
    expectSound(run);
  }, 30_000);

  test("a market that closes at once", async () => {
    const run = await play({
      signed,
      acts: [[MINUTE, ({ controls, nowMs, ticker }) => controls.moveClose(ticker, nowMs + SECOND)]],
      lengthMs: 2 * MINUTE,
    });
    const closed = changes(run).find(({ market }) => market.status === "closed");
    expect(closed?.afterMs).toBeLessThan(MINUTE + 6 * SECOND);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "settlement", ticker: run.ticker, final: true }),
    );
    expectSound(run);
  }, 30_000);

  test("another price grid is read again", async () => {
    const run = await play({
      signed,
      acts: [[MINUTE, ({ controls, ticker }) => controls.changeStructure(ticker, "deci_cent")]],
      lengthMs: 90 * SECOND,
    });
    const changed = changes(run).find(({ market }) => market.tickStructure === "deci_cent");
    expect(changed?.afterMs).toBeLessThan(MINUTE + 3 * SECOND);
    expect(changed?.market.ranges).toEqual([{ start: 0, end: 10_000, step: 10 }]);
    expectSound(run);
  }, 30_000);

  test("a market that is deactivated and activated again stays followed, and the status says so", async () => {
    const run = await play({
      signed,
      acts: [
        [MINUTE, ({ controls, ticker }) => controls.deactivate(ticker)],
        [2 * MINUTE, ({ controls, ticker }) => controls.activate(ticker)],
      ],
      lengthMs: 2 * MINUTE + 10 * SECOND,
    });
    const statuses = changes(run).map(({ market }) => market.status);
    expect(statuses.slice(-3)).toEqual(["active", "inactive", "active"]);
    expect(run.status(MINUTE)).not.toContain("paused");
    expect(run.status(MINUTE + 4 * SECOND)).toContain(`${run.ticker} is paused`);
    expect(run.status(2 * MINUTE + 4 * SECOND)).not.toContain("paused");
    expect(changes(run).at(-1)?.afterMs).toBeLessThan(2 * MINUTE + 3 * SECOND);
    expectSound(run);
  }, 30_000);

  test("named markets are followed through the same without any list of events", async () => {
    const run = await play({
      signed,
      tickers: (first) => [first],
      acts: [[MINUTE, ({ controls, nowMs, ticker }) => controls.moveClose(ticker, nowMs + MINUTE)]],
      lengthMs: 3 * MINUTE,
    });
    expect(changes(run).some(({ market }) => market.closeMs < run.closeMs)).toBe(true);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "settlement", ticker: run.ticker, final: true }),
    );
    // Besides the market only what its series charges is told of.
    const named = run.events.flatMap((event) => ("ticker" in event ? [event.ticker] : []));
    expect(new Set(named)).toEqual(new Set([run.ticker, seriesOfTicker(run.ticker)]));
    expectSound(run);
  }, 30_000);

  test("a weekly pause is shown and is no error; the windows roll on through it", async () => {
    // 2026-11-05, a Thursday, 02:58 in New York.
    const run = await play({
      signed,
      startMs: Date.UTC(2026, 10, 5, 7, 58),
      acts: [],
      lengthMs: 4 * MINUTE + 5 * SECOND,
    });
    expect(run.status(MINUTE)).not.toContain("paused");
    expect(run.status(4 * MINUTE)).toContain("trading is paused");
    const opened = run.events.filter(
      (event) => event.type === "market" && event.market.openMs === Date.UTC(2026, 10, 5, 8, 0),
    );
    expect(opened.length).toBeGreaterThan(0);
    expectSound(run);
  }, 30_000);
});
