import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchCandles } from "../../../src/adapters/feeds/coinbase/feed.ts";
import { createSigner } from "../../../src/adapters/kalshi/auth.ts";
import { mapMarketCandles } from "../../../src/adapters/kalshi/candles.ts";
import { createKalshiHistory } from "../../../src/adapters/kalshi/history.ts";
import { networkError } from "../../../src/adapters/platform/network-error.ts";
import { createSystemClock } from "../../../src/adapters/platform/system-clock.ts";
import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import { createHistoryStore } from "../../../src/adapters/sqlite/history-store.ts";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import type { BackfillStep } from "../../../src/app/backfill-report.ts";
import {
  backfillCandles,
  backfillMarkets,
  backfillSpot,
  backfillTrades,
} from "../../../src/app/compose/backfill-steps.ts";
import { BackfillLog } from "../../../src/app/compose/backfill-work.ts";
import { createLockstepHttp } from "../../../src/app/compose/lockstep.ts";
import { importResults } from "../../../src/app/compose/settle-import.ts";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import type { WorldMarket } from "../../../src/exchange/world.ts";
import type { Clock, HttpClient } from "../../../src/ports.ts";

// Two hours of the local exchange are fetched afterwards and held against what the exchange itself remembers. Half of
// them have left the live endpoints.

const HOUR_MS = 3_600_000;
const SERIES = ["KXBTC15M", "KXSOL15M", "KXBTCD"];
const PRODUCTS = ["BTC-USD", "SOL-USD"];

let folder: string;
let exchange: LocalExchange;
let clock: VirtualClock;
/** End of what is fetched: whatever happens while it is fetched is not part of it. */
let toMs: number;
let fromMs: number;
let settled: readonly WorldMarket[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kbt-backfill-"));
  const world = createScenarioWorld({ scenario: "quiet", seed: 5 });
  const cutoffMs = world.startMs + HOUR_MS;
  exchange = createLocalExchange({ world, historyCutoffMs: () => cutoffMs });
  clock = new VirtualClock(world.startMs);
  toMs = world.startMs + 2 * HOUR_MS;
  fromMs = world.startMs;
  exchange.runUntil(toMs);
  clock.moveTo(toMs);
  settled = world
    .markets()
    .filter(({ seriesTicker, status }) => SERIES.includes(seriesTicker) && status === "finalized")
    .filter(({ closeMs }) => closeMs >= fromMs)
    .map((market) => ({ ...market }));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** Whoever waits moves the exchange on. */
const stepping: Clock = {
  nowMs: () => clock.nowMs(),
  monoMs: () => clock.monoMs(),
  sleep: (ms, signal) => {
    signal.throwIfAborted();
    const untilMs = Math.ceil(clock.nowMs() + ms);
    exchange.runUntil(untilMs);
    clock.moveTo(untilMs);
    return Promise.resolve();
  },
};

interface Options {
  /** Stops the run when true. */
  readonly stopAt?: (step: BackfillStep) => boolean;
  /** The network fails from this request on. */
  readonly failFrom?: number;
}

/** One run of the whole backfill into a database; what ended it early, if anything did. */
async function run(
  db: string,
  options: Options = {},
): Promise<{ log: BackfillLog; error: unknown; requests: number }> {
  const path = join(folder, db);
  const stop = new AbortController();
  const recorder = createRecorder({
    path,
    env: "sim",
    run: { mode: "collect", startedMs: clock.nowMs(), version: "test", config: {}, command: "" },
    nowMs: () => clock.nowMs(),
  });
  const store = createHistoryStore({ path, env: "sim" });
  const log = new BackfillLog();
  let requests = 0;
  const inner = createLockstepHttp(exchange, stepping);
  const http: HttpClient = {
    request: async (request, signal) => {
      signal.throwIfAborted();
      if (++requests < (options.failFrom ?? Number.POSITIVE_INFINITY)) {
        return inner.request(request, signal);
      }
      throw networkError(request.url, { code: "ECONNRESET", message: "reset" });
    },
  };
  const { keyId, privateKeyPem } = exchange;
  const signer = createSigner({ keyId, privateKeyPem });
  const baseUrl = "http://exchange.local/trade-api/v2";
  const parts = {
    history: createKalshiHistory({ baseUrl, http, clock: stepping, signer }),
    store,
    recorder,
    clock: stepping,
    real: createSystemClock(),
    log,
    spotCandles: (of: { product: string; startS: number; endS: number }, signal: AbortSignal) =>
      fetchCandles({ baseUrl: "http://exchange.local", http, nowMs: clock.nowMs(), ...of }, signal),
    progress: (step: BackfillStep) => {
      if (options.stopAt?.(step) === true) stop.abort();
    },
  };
  let error: unknown = null;
  try {
    const past = { series: SERIES, fromMs, toMs, wants: () => true };
    const targets = await backfillMarkets(parts, past, stop.signal);
    await backfillCandles(parts, targets, stop.signal);
    await backfillTrades(parts, targets, stop.signal);
    await backfillSpot(parts, { fromMs, products: PRODUCTS, toMs }, stop.signal);
  } catch (thrown) {
    error = thrown;
  } finally {
    await recorder.close(0);
    store.close();
  }
  return { log, error, requests };
}

function rows(db: string, sql: string, ...values: readonly unknown[]): unknown[] {
  const file = new Database(join(folder, db), { readonly: true });
  try {
    return file
      .prepare(sql)
      .raw()
      .all(...values);
  } finally {
    file.close();
  }
}

const byId = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a[1]) < String(b[1]) ? -1 : 1;

const TABLES = [
  "kalshi_markets",
  "settlement_revisions",
  "settlement_receipts",
  "market_updates",
  "market_candles",
  "trades",
  "trade_repeats",
  "candle_values",
  "gaps",
  "drifts",
  "backfill_progress",
];

const counts = (db: string): unknown[] =>
  TABLES.map((t) => rows(db, `SELECT count(*) FROM ${t}`)[0]);

/** Everything that was fetched, without the numbers that say when. */
function content(db: string): Record<string, unknown[]> {
  return {
    markets: rows(
      db,
      "SELECT ticker, status, result, expiration_value FROM kalshi_markets ORDER BY 1",
    ),
    settlements: rows(db, "SELECT ticker, result, final, settled_ms FROM settlements ORDER BY 1"),
    candles: rows(db, "SELECT * FROM kalshi_candles ORDER BY ticker, end_ms"),
    trades: rows(
      db,
      "SELECT ticker, trade_id, yes_price_cc, qty_cq, taker_side, exchange_ms FROM kalshi_trades ORDER BY trade_id",
    ),
    spot: rows(
      db,
      "SELECT product, open_ms, open_usd, high_usd, low_usd, close_usd, volume FROM candles ORDER BY 1, 2",
    ),
  };
}

describe("against what the exchange remembers", () => {
  beforeAll(async () => {
    const { error, log } = await run("whole.sqlite");
    expect(error).toBeNull();
    expect(log.problems).toEqual([]);
  }, 60_000);

  test("both tiers had something to give", () => {
    const cutoffMs = fromMs + HOUR_MS;
    const old = settled.filter(({ settledMs }) => (settledMs ?? 0) < cutoffMs);
    expect(old.length).toBeGreaterThan(20);
    expect(settled.length - old.length).toBeGreaterThan(150);
  });

  test("every settled market with its result", () => {
    const found = rows(
      "whole.sqlite",
      `SELECT k.ticker, k.status, s.result, s.expiration_value, s.settled_ms, s.final
       FROM kalshi_markets k JOIN settlements s ON s.ticker = k.ticker WHERE k.close_ms <= ? ORDER BY 1`,
      toMs,
    );
    const expected = settled
      .map((m) => [m.ticker, "finalized", m.result, m.expirationValue, m.settledMs, 1])
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    expect(found).toEqual(expected);
  });

  test("every minute of every market", () => {
    let minutes = 0;
    for (const { closeMs, openMs, ticker } of settled) {
      const range = {
        fromS: Math.floor(openMs / 60_000) * 60,
        toS: closeMs / 1000 + 60,
        periodS: 60,
      };
      const expected = exchange.records.candles.read(ticker, range).map((candle) => {
        const { ask, bid, endS, openInterestCq, price, volumeCq } = candle;
        const four = (o: typeof bid | null) =>
          [o?.open, o?.high, o?.low, o?.close].map((cc) => cc ?? null);
        return [endS * 1000, ...four(bid), ...four(ask), ...four(price), volumeCq, openInterestCq];
      });
      const found = rows(
        "whole.sqlite",
        `SELECT end_ms, bid_open_cc, bid_high_cc, bid_low_cc, bid_close_cc, ask_open_cc, ask_high_cc, ask_low_cc,
           ask_close_cc, price_open_cc, price_high_cc, price_low_cc, price_close_cc, volume_cq, open_interest_cq
         FROM kalshi_candles WHERE ticker = ? ORDER BY end_ms`,
        ticker,
      );
      expect(found, ticker).toEqual(expected);
      minutes += found.length;
    }
    expect(minutes).toBeGreaterThan(10_000);
  });

  test("every trade that the exchange still lists, with its own time", () => {
    const tickers = new Set(settled.map(({ ticker }) => ticker));
    const expected = settled
      .flatMap(({ ticker }) => exchange.world.trades(ticker))
      .map((t) => [t.ticker, t.tradeId, t.yesPriceCc, t.countCq, t.takerSide, t.atMs])
      .toSorted(byId);
    const found = (
      rows(
        "whole.sqlite",
        "SELECT ticker, trade_id, yes_price_cc, qty_cq, taker_side, exchange_ms FROM kalshi_trades",
      ) as unknown[][]
    )
      .filter(([ticker]) => tickers.has(String(ticker)))
      .toSorted(byId);
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(10_000);
    expect(rows("whole.sqlite", "SELECT count(*) FROM trade_repeats")).toEqual([[0]]);
  });

  test("minutes of the underlying from midnight on", () => {
    const dayMs = Math.floor(fromMs / 86_400_000) * 86_400_000;
    const [found] = rows(
      "whole.sqlite",
      "SELECT count(DISTINCT open_ms), min(open_ms), count(DISTINCT product) FROM candles",
    ) as [number, number, number][];
    // The minute that ran at the end of the range may have closed while the rest was fetched.
    const minutes = Math.floor((toMs - dayMs) / 60_000);
    expect([minutes, minutes + 1]).toContain(found?.[0]);
    expect(found?.slice(1)).toEqual([dayMs, 2]);
  });

  test("run again it asks for the lists only and adds nothing", async () => {
    const before = counts("whole.sqlite");
    const { error, requests } = await run("whole.sqlite");
    expect(error).toBeNull();
    expect(counts("whole.sqlite")).toEqual(before);
    expect(requests).toBeLessThan(30);
  });
});

describe("stopped in the middle", () => {
  test("at every step: what is on file stays, the next run brings the rest, and all is as in one go", async () => {
    const stops: readonly Options[] = [
      { stopAt: ({ done, name }) => name === "markets" && done === 1 },
      { stopAt: ({ done, name }) => name === "candles" && done >= 40 },
      { failFrom: 60 },
      { stopAt: ({ done, name }) => name === "trades" && done >= 12 },
      { stopAt: ({ done, name }) => name === "spot" && done === 1 },
    ];
    const sizes: number[] = [];
    for (const options of stops) {
      const { error } = await run("parts.sqlite", options);
      expect(error, JSON.stringify(options)).toMatchObject(
        options.failFrom === undefined ? { name: "AbortError" } : { kind: "network" },
      );
      const [size] = rows(
        "parts.sqlite",
        `SELECT (SELECT count(*) FROM kalshi_markets) + (SELECT count(*) FROM market_candles)
           + (SELECT count(*) FROM trades) + (SELECT count(*) FROM candle_values)`,
      ).flat();
      sizes.push(Number(size));
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(sizes.length);
    expect((await run("parts.sqlite")).error).toBeNull();
    expect(content("parts.sqlite")).toEqual(content("whole.sqlite"));
    expect(rows("parts.sqlite", "SELECT count(*) FROM trade_repeats")).toEqual([[0]]);
  }, 120_000);
});

const RECORDED = new URL(
  "../../../../shared/data/kalshi/rest-shapes-prod/candlesticks_mlb.json",
  import.meta.url,
);
const isThere = existsSync(RECORDED);

describe.skipIf(!isThere)(isThere ? "recorded" : "SKIPPED: no recording at ../shared/data", () => {
  test("candles of the real exchange are read", () => {
    const { markets } = JSON.parse(readFileSync(RECORDED, "utf8")) as {
      markets: Record<string, { candlesticks: unknown[] }>;
    };
    let read = 0;
    for (const [ticker, { candlesticks }] of Object.entries(markets)) {
      const place = { request: "recorded", path: "candlesticks" };
      const candles = mapMarketCandles(candlesticks, { ticker, intervalS: 60 }, place);
      expect(candles.every(({ ask, bid }) => ask !== null && bid !== null)).toBe(true);
      read += candles.length;
    }
    expect(read).toBeGreaterThan(10);
  });
});

test("ledger settle imports results from both tiers once, interrupted, repeated and five at a time", async () => {
  const path = join(folder, "settle.sqlite");
  const { keyId, privateKeyPem } = exchange;
  const env = {
    clock: stepping,
    http: createLockstepHttp(exchange, stepping),
    signer: createSigner({ keyId, privateKeyPem }),
    urls: { kalshiRest: "http://exchange.local/trade-api/v2" },
    sim: null,
  };
  // The first ones have left the live tier.
  const some = [...settled.slice(0, 55), ...settled.slice(-55)];
  const tickers = [...some.map(({ ticker }) => ticker), "KXBTC15M-NEVER-00"];
  const importAll = async (stop: AbortController, stopAt = Number.POSITIVE_INFINITY) => {
    const writer = createLedgerWriter({ path, env: "sim" });
    const tell = (imported: number): void => {
      if (imported >= stopAt) stop.abort();
    };
    try {
      const own = new Set<string>();
      return await importResults({ env, own, writer, signal: stop.signal, tell }, tickers);
    } finally {
      writer.close();
    }
  };
  await expect(importAll(new AbortController(), 60)).rejects.toThrow();
  const stored = (): ReadonlySet<unknown> => {
    const db = new Database(path, { readonly: true });
    const words = "SELECT ticker || ' ' || revision || ' ' || result FROM settlement_revisions";
    const found = new Set(db.prepare(words).pluck().all());
    db.close();
    return found;
  };
  const early = stored().size;
  expect(early).toBeGreaterThan(59);
  expect(early).toBeLessThan(some.length);
  const done = await Promise.all(Array.from({ length: 5 }, () => importAll(new AbortController())));
  expect(done.reduce((sum, { imported }) => sum + imported, early)).toBe(some.length);
  expect(done.every(({ asked, unknown }) => asked === tickers.length && unknown === 1)).toBe(true);
  expect(stored()).toEqual(new Set(some.map(({ result, ticker }) => `${ticker} 1 ${result}`)));
}, 60_000);
