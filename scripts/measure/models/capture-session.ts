import { readdirSync } from "node:fs";
import path from "node:path";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import { silentRecorder } from "../../../src/app/backtest/silent-recorder.ts";
import { buildEngine } from "../../../src/app/compose/engine.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { Session } from "../../../src/app/session.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Engine } from "../../../src/core/engine.ts";
import type { MarketEvent, SpotTick } from "../../../src/core/events.ts";
import { type Market, ticksBetween } from "../../../src/core/market.ts";
import { probYes } from "../../../src/core/prob/market-prob.ts";
import { effectiveVariance } from "../../../src/core/prob/settlement.ts";
import type { Opportunity } from "../../../src/core/records.ts";
import { PRICE_ONE } from "../../../src/core/units.ts";
import { parseObject, readCapture } from "../../../src/exchange/replay/read-capture.ts";
import type { Recorder } from "../../../src/ports.ts";
import { aMarket, TAPERED } from "../../../tests/support/builders.ts";
import { NORMAL, plainYes, STUDENT } from "./plain.ts";
import { readStrikes, readTrades, type Trade } from "./recordings.ts";
import { forecastOf, type Row } from "./scoring.ts";

// The recorded order books and the Coinbase trades of the same minutes, through the program's own session and engine. What
// is scored are the engine's own evaluation rows.

const WINDOW_MS = 900_000;
/** A strike that no capture tells of becomes known this long after its market opened. */
const STRIKE_LATE_MS = 5_000;
const SERIES = "KXBTC15M";
const STANDARDISED_S = [720, 480, 300, 180, 120, 60];
/** Where a market's price is no opinion: the rule of `kbt calibrate` (models.md §4.1), and of the strategy's spread. */
const UNFIT: ReadonlySet<string> = new Set(["book_stale", "book_late", "book_crossed"]);
const SPREAD_MAX_TICKS = DEFAULTS.strategy["threshold-ev"].spread_max_ticks;

/** A price at the time that the recorder stamped it with, and at the exchange's own. */
export interface Stamped {
  readonly recvMs: number;
  readonly exchangeMs: number;
  readonly value: number;
}

/** What one recorded session heard, for holding the clocks against each other. */
export interface Heard {
  readonly file: string;
  readonly spot: readonly Stamped[];
  readonly mids: readonly Stamped[];
}

export interface CaptureRun {
  /** First row of each market and second; the column `market` is NaN where the book gave no mid that counts. */
  readonly rows: readonly Row[];
  readonly heard: readonly Heard[];
  /** Rows of settled markets that had no probability, by the engine's reason. */
  readonly unpriced: ReadonlyMap<string, number>;
  /** Settlement in standard deviations of the diffusion, by time to close; basis and its error are not taken out. */
  readonly standardised: ReadonlyMap<number, readonly number[]>;
  /** Settled markets that a probability was given for. */
  readonly windows: number;
  readonly events: number;
}

export interface CaptureOptions {
  /** A new engine for each recorded session, as `kbt paper --sim=replay:FILE` has it, instead of one that ran all along. */
  readonly isCold: boolean;
  /** Only this capture. */
  readonly only?: string;
}

/** Replays every capture and every trade, merged on the recorder's clock. */
export function measureCaptureSessions(data: string, { isCold, only }: CaptureOptions): CaptureRun {
  const strikes = readStrikes(data);
  const trades = readTrades(data);
  const captures = readCaptures(data, only);
  const run = new Run(strikes);
  if (isCold) {
    for (const capture of captures) {
      const [from, to] = [capture.fromMs, capture.toMs];
      run.replay(
        trades.filter(({ recvMs }) => recvMs >= from && recvMs <= to),
        [capture],
      );
    }
  } else run.replay(trades, captures);
  return run.result();
}

interface CaptureEvents {
  readonly file: string;
  readonly events: readonly MarketEvent[];
  readonly fromMs: number;
  readonly toMs: number;
}

function readCaptures(data: string, only?: string): CaptureEvents[] {
  const folder = path.join(data, "kalshi/ws-btc15m");
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl.gz"));
  const wanted = files.filter((name) => only === undefined || name === only);
  return wanted.toSorted().map((file) => {
    const capture = readCapture(path.join(folder, file));
    const events: MarketEvent[] = [];
    for (const line of capture.lines) {
      const recvMs = Math.floor(line.recvMs);
      if (line.kind === "market") {
        const market = quarterMarket(line.ticker, line.closeMs, line.strike);
        events.push({ type: "market", market, recvMs });
      }
      if (line.kind !== "frame") continue;
      const frame = parseObject(capture.bytes.toString("utf8", line.start, line.end))?.["frame"];
      const decoded = decode(JSON.stringify(frame), recvMs);
      if (decoded.kind === "data") events.push(decoded.event);
    }
    return { file, events, fromMs: capture.startMs, toMs: capture.lastMs };
  });
}

function quarterMarket(ticker: string, closeMs: number, strikeUsd: number | null): Market {
  return aMarket({
    ticker,
    eventTicker: ticker.slice(0, ticker.lastIndexOf("-")),
    seriesTicker: SERIES,
    floorUsd: strikeUsd,
    openMs: closeMs - WINDOW_MS,
    closeMs,
  });
}

class Run {
  readonly #strikes: ReadonlyMap<number, number>;
  readonly #rows: Row[] = [];
  readonly #heard: Heard[] = [];
  readonly #unpriced = new Map<string, number>();
  readonly #standardised = new Map<number, number[]>(STANDARDISED_S.map((at) => [at, []]));
  readonly #seen = new Set<string>();
  #events = 0;

  constructor(strikes: ReadonlyMap<number, number>) {
    this.#strikes = strikes;
  }

  result(): CaptureRun {
    return {
      rows: this.#rows,
      heard: this.#heard,
      unpriced: this.#unpriced,
      standardised: this.#standardised,
      windows: new Set(this.#rows.map(({ window }) => window)).size,
      events: this.#events,
    };
  }

  replay(trades: readonly Trade[], captures: readonly CaptureEvents[]): void {
    const engine = buildEngine(DEFAULTS, {
      pricing: pricingOf(DEFAULTS),
      runId: 1,
      runKey: "models",
      strategies: [],
      slippage: [],
    });
    const parts = { engine, venue: null, proxy: null, resync: () => {} };
    const recorder = recorderOf((row) => this.#take(row, engine));
    const timeline = merged(trades, captures, this.#strikes);
    const session = new Session({ ...parts, recorder, startMs: timeline[0]?.recvMs ?? 0 });
    const listeners = captures.map((capture) => new Listener(capture));
    for (const event of timeline) {
      session.handle(event);
      for (const listener of listeners) listener.note(event, engine);
    }
    this.#events += timeline.length;
    this.#heard.push(...listeners.map((listener) => listener.heard()));
  }

  /** The session wakes the engine at each whole second: the first row of a second is that look. */
  #take(row: Opportunity, engine: Engine): void {
    const market = engine.market(row.ticker);
    if (market === undefined) return;
    const settledUsd = this.#strikes.get(market.closeMs);
    const second = `${row.ticker} ${Math.floor(row.atMs / 1000)}`;
    if (settledUsd === undefined || this.#seen.has(second)) return;
    this.#seen.add(second);
    const { pModel, sigma, spotUsd, tauS } = row;
    if (pModel === null || sigma === null || spotUsd === null) {
      this.#unpriced.set(row.reason, (this.#unpriced.get(row.reason) ?? 0) + 1);
      return;
    }
    const inputs = { spotUsd, sigma, tauS };
    const sd = sigma * Math.sqrt(effectiveVariance({ tau: tauS }).veff);
    this.#standardised.get(tauS)?.push(Math.log(settledUsd / spotUsd) / sd);
    this.#rows.push({
      window: new Date(market.closeMs).toISOString(),
      ticker: row.ticker,
      tauS,
      y: settledUsd >= (market.floorUsd ?? Number.NaN) ? 1 : 0,
      p: {
        model: pModel,
        "no basis": withoutBasis(market, row, inputs),
        plain: plainYes(market, { ...inputs, law: NORMAL }),
        "plain, student": plainYes(market, { ...inputs, law: STUDENT }),
        market: marketOf(row),
      },
    });
  }
}

/** The model as it would be had it learnt nothing about the difference between spot and index. */
function withoutBasis(
  market: Market,
  { basisMean, basisSd, knownCount, knownSource, knownSumUsd }: Opportunity,
  inputs: { spotUsd: number; sigma: number; tauS: number },
): number {
  const sumUsd = (knownSumUsd ?? 0) * Math.exp(-(basisMean ?? 0));
  const known = knownSource === null ? null : { count: knownCount, sumUsd, source: knownSource };
  const { nu, shape } = DEFAULTS.model;
  return forecastOf(
    probYes(market, { ...inputs, nu, shape, basisMean: 0, basisSd: basisSd ?? 0, known }),
  );
}

function marketOf({ pMarket, reason, yesAsk, yesBid }: Opportunity): number {
  if (pMarket === null || yesBid === null || yesAsk === null || UNFIT.has(reason)) {
    return Number.NaN;
  }
  return ticksBetween(TAPERED, yesBid, yesAsk) <= SPREAD_MAX_TICKS ? pMarket : Number.NaN;
}

/** Everything in the order in which the recorder heard it; at equal times trades come first. */
function merged(
  trades: readonly Trade[],
  captures: readonly CaptureEvents[],
  strikes: ReadonlyMap<number, number>,
): MarketEvent[] {
  const told = new Set<number>();
  for (const { events } of captures) {
    for (const event of events) if (event.type === "market") told.add(event.market.openMs);
  }
  const heardFrom = trades[0]?.recvMs ?? 0;
  const untold = [...strikes]
    .filter(([openMs]) => !told.has(openMs) && openMs >= heardFrom)
    .map(([openMs, strike]): MarketEvent => {
      const closeMs = openMs + WINDOW_MS;
      const market = quarterMarket(`${SERIES}-${closeMs}`, closeMs, strike);
      return { type: "market", market, recvMs: openMs + STRIKE_LATE_MS };
    });
  const events = [...trades.map(spotTickOf), ...untold, ...captures.flatMap((one) => one.events)];
  return events.toSorted((a, b) => a.recvMs - b.recvMs);
}

function spotTickOf({ exchangeMs, priceUsd, recvMs, tradeId }: Trade): SpotTick {
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    size: null,
    tradeId,
    exchangeMs,
    recvMs,
  };
}

/** Trades of a capture's minutes, and the mid after each change of its book. */
class Listener {
  readonly #capture: CaptureEvents;
  readonly #spot: Stamped[] = [];
  readonly #mids: Stamped[] = [];

  constructor(capture: CaptureEvents) {
    this.#capture = capture;
  }

  heard(): Heard {
    return { file: this.#capture.file, spot: this.#spot, mids: this.#mids };
  }

  note(event: MarketEvent, engine: Engine): void {
    const { fromMs, toMs } = this.#capture;
    if (event.recvMs < fromMs || event.recvMs > toMs) return;
    if (event.type === "spot" && event.exchangeMs !== null) {
      const { exchangeMs, priceUsd, recvMs } = event;
      this.#spot.push({ recvMs, exchangeMs, value: priceUsd });
    }
    if (event.type !== "delta" || event.exchangeMs === null) return;
    const book = engine.book(event.ticker);
    const [bid, ask] = [book?.bid("yes"), book?.ask("yes")];
    if (bid === undefined || ask === undefined || bid >= ask) return;
    const { exchangeMs, recvMs } = event;
    this.#mids.push({ recvMs, exchangeMs, value: (bid + ask) / 2 / PRICE_ONE });
  }
}

/** Keeps nothing but what the engine judged. */
function recorderOf(opportunity: (row: Opportunity) => void): Recorder {
  return { ...silentRecorder(), opportunity };
}
