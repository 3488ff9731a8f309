import { historyEvents } from "../../adapters/sqlite/history/events.ts";
import type { HistorySpan } from "../../adapters/sqlite/history/reads.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import { spotCandles } from "../../adapters/sqlite/queries/candles.ts";
import type { Recording } from "../../adapters/sqlite/queries/recordings.ts";
import { listSettlements } from "../../adapters/sqlite/queries/settlements.ts";
import { replayEvents } from "../../adapters/sqlite/replay.ts";
import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import type { Candle, MarketEvent, Settlement } from "../../core/events.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import { UNDERLYINGS } from "../../core/market.ts";
import { minuteVenue } from "../../core/minute-data.ts";
import type { ClosedTrade, EquityMark } from "../../core/performance/trade.ts";
import { type Ms, money } from "../../core/units.ts";
import type { Recorder } from "../../ports.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import {
  type Replayed,
  replaySources,
  type Source,
  type SourceCount,
} from "../backtest/replay-sources.ts";
import { silentRecorder } from "../backtest/silent-recorder.ts";
import { TradeTape, taped } from "../backtest/trade-tape.ts";
import { buildEngine } from "./engine.ts";
import { loadRecalibration } from "./models.ts";
import { pricingOf } from "./pricing.ts";
import { buildShadow, buildSimVenue, type FillTerms, shadowed } from "./sim-venue.ts";

/** One replay of recordings under one configuration; plain data, so that a thread can be given it. */
export interface CellTask {
  readonly config: Config;
  /** Names as asked for; empty means those that the configuration enables. */
  readonly strategies: readonly string[];
  /** On whose terms what is decided by fills; the pessimistic account beside it has its own. */
  readonly fill: FillTerms;
  readonly recordings: readonly Recording[];
  /** Fetched days instead of recordings; null for those. */
  readonly history: HistorySpan | null;
  readonly sinceMs: Ms | null;
  readonly untilMs: Ms | null;
  /** Markets of other series are as if they had not been recorded; null for none such. */
  readonly series: readonly string[] | null;
}

export interface CellResult {
  readonly trades: readonly ClosedTrade[];
  readonly marks: readonly EquityMark[];
  /** Positions that the recordings left open: in no figure. */
  readonly leftOpen: number;
  readonly replayed: Omit<Replayed, "sources"> & {
    readonly sources: readonly Covered[];
  };
}

/** What a recording held. */
interface Covered {
  readonly label: string;
  readonly fromMs: Ms;
  readonly toMs: Ms;
  readonly events: number;
  readonly gaps: number;
  readonly gapMs: Ms;
  readonly windows: number;
}

export interface CellHooks {
  /** Where decisions are put on file; left out, nowhere. */
  readonly recorder?: Recorder;
  /** Changes the events of a source on their way: the look-ahead guard does. */
  readonly through?: (events: Iterable<MarketEvent>) => Iterable<MarketEvent>;
  onProgress(events: number): Promise<void>;
}

/** Replays the recordings of a task through an engine of its own. Deterministic: the same task has the same result. */
export async function runCell(
  reader: Reader,
  task: CellTask,
  hooks: CellHooks,
): Promise<CellResult> {
  const { config, fill, history, recordings, sinceMs, strategies } = task;
  const recorder = hooks.recorder ?? silentRecorder();
  const startMs = history?.fromMs ?? recordings[0]?.startedMs ?? 0;
  const change = history === null ? {} : { change: minuteVenue };
  const { maps } = loadRecalibration(config, {
    series: config.kalshi.series,
    nowMs: startMs,
    env: reader.env,
  });
  const engine = buildEngine(config, {
    runId: recorder.runId,
    runKey: `backtest/${recorder.runId}`,
    strategies,
    slippage: [],
    pricing: pricingOf(config, maps),
    tradesFromMs: sinceMs ?? undefined,
    isMinuteData: history !== null,
  });
  const tape = new TradeTape(sightOf(engine), money(Math.round(config.risk.bankroll_usd * 1e6)));
  const tapedRecorder = taped(recorder, tape, sinceMs);
  const shadow = buildShadow(config, engine, {
    ...change,
    past: [],
    record: (leg) => tapedRecorder.pessimistic(leg),
  });
  const holds = (ticker: string): boolean =>
    engine.portfolio.position(ticker) !== undefined || shadow.holds(ticker);
  const replayed = await replaySources({
    engine,
    venue: shadowed(buildSimVenue(config, engine, fill, change.change), shadow),
    recorder: tapedRecorder,
    sources: sourcesOf(reader, task, hooks.through ?? ((events) => events)),
    uncounted: new Set(strategies.length > 0 ? [] : BASELINES),
    lateResults: resultsOf(reader, holds, startMs),
    onProgress: (events) => hooks.onProgress(events),
  });
  return {
    trades: tape.trades(),
    marks: tape.marks,
    leftOpen: tape.openCount,
    replayed: {
      ...replayed,
      sources: replayed.sources.map(coverageOf),
    },
  };
}

export function sightOf(engine: Engine) {
  return {
    market: (ticker: string) => engine.market(ticker),
    portfolio: engine.portfolio,
    bid: (ticker: string, side: "yes" | "no") => engine.book(ticker)?.bid(side),
  };
}

export function coverageOf({
  source: { fromMs, label, toMs },
  ...count
}: SourceCount<Pick<Source, "fromMs" | "label" | "toMs">>): Covered {
  return { label, fromMs, toMs, ...count };
}

function sourcesOf(
  reader: Reader,
  { history, recordings, series, untilMs }: CellTask,
  through: (events: Iterable<MarketEvent>) => Iterable<MarketEvent>,
): Source[] {
  if (history !== null) return [fetched(reader, history, through)];
  return recordings.map(({ endedMs, hasSeconds, mode, runId, startedMs }, at) => ({
    label: `run ${runId} (${mode})`,
    fromMs: startedMs,
    toMs: untilMs === null ? endedMs : Math.min(endedMs, untilMs),
    secondsAreRecorded: hasSeconds,
    events: () =>
      through(
        // A run that traded read the candles of its day itself, and has them among its inputs.
        ofSeries(eventsOf(reader, runId, at === 0 && !hasSeconds ? startedMs : null), series),
      ),
  }));
}

/** Results of its last markets come after its end. */
const RESULTS_WITHIN_MS = DAY_MS;

function fetched(
  reader: Reader,
  span: HistorySpan,
  through: (events: Iterable<MarketEvent>) => Iterable<MarketEvent>,
): Source {
  return {
    label: "fetched days",
    fromMs: span.fromMs,
    toMs: span.toMs + RESULTS_WITHIN_MS,
    // It looks when a minute is whole and at no other time.
    secondsAreRecorded: true,
    events: () => through(historyEvents(reader, span)),
  };
}

/** A book of a market that was never described is nobody's. */
function* ofSeries(
  events: Iterable<MarketEvent>,
  series: readonly string[] | null,
): Generator<MarketEvent> {
  for (const event of events) {
    const isOther =
      event.type === "market" && series?.includes(event.market.seriesTicker) === false;
    if (!isOther) yield event;
  }
}

/** The inputs of a run; in front of the first one's the candles of the day before, from which volatility is known. */
function* eventsOf(reader: Reader, runId: number, startMs: Ms | null): Generator<MarketEvent> {
  if (startMs !== null) yield* candlesBefore(reader, startMs);
  yield* replayEvents(reader, runId);
}

function* candlesBefore(reader: Reader, startMs: Ms): Generator<Candle> {
  for (const { product } of UNDERLYINGS) {
    const filter = { source: "coinbase", product, intervalS: 60, since: startMs - DAY_MS };
    for (const candle of spotCandles(reader, { ...filter, until: startMs - 60_000 })) {
      yield { type: "candle", ...filter, ...candle, recvMs: startMs };
    }
  }
}

/** Results that were imported after the recording, of what is still held. */
function resultsOf(
  reader: Reader,
  holds: (ticker: string) => boolean,
  sinceMs: Ms,
): (untilMs: Ms) => Settlement[] {
  let left: Settlement[] | null = null;
  return (untilMs) => {
    left ??= listSettlements(reader, { since: sinceMs, limit: ROWS_MAX })
      .filter(({ final }) => final)
      .toReversed()
      .map((row) => ({ type: "settlement", ...row, recvMs: row.settledMs }));
    const due = left.filter(({ settledMs, ticker }) => settledMs <= untilMs && holds(ticker));
    left = left.filter((each) => !due.includes(each));
    return due;
  };
}

const ROWS_MAX = 10_000_000;
