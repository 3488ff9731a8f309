import type { Engine } from "../../core/engine.ts";
import type { Money } from "../../core/units.ts";
import type { Clock, Feed, Recorder } from "../../ports.ts";
import type { SessionTotals } from "../session.ts";
import type { ApiMeter } from "./api-meter.ts";
import type { Counts } from "./counts.ts";
import type { Readings, Sheet } from "./exposition.ts";
import { openProfit } from "./marks.ts";
import type { RunMeter } from "./run-meter.ts";

/** A run as those see it who watch it from outside. */
export interface WatchedRun {
  readonly clock: Clock;
  readonly feeds: readonly Feed[];
  readonly totals: SessionTotals;
  readonly recorder: Pick<Recorder, "runId" | "counts"> & { readonly pendingRows: number };
  /** Tokens left to read Kalshi with. */
  readonly readTokens: () => number;
  /** Null for a run that only records. */
  readonly trading: {
    readonly engine: Engine;
    readonly bankroll: Money;
    /** Latches that this run has set. */
    readonly latched: () => Iterable<string>;
  } | null;
}

/** What there is to read of a run while it lasts. */
export function runReadings(run: WatchedRun, meter: RunMeter): Readings {
  const { clock, readTokens, recorder, totals, trading } = run;
  return {
    ...feedReadings(run.feeds),
    ...(trading === null ? {} : tradingReadings(trading, meter, totals)),
    kbt_clock_timestamp_seconds: ({ value }) => value(clock.nowMs() / 1000),
    kbt_gaps_total: ({ value }) => {
      for (const [name, count] of totals.gaps) {
        const [source = "", ...reason] = name.split(" ");
        value(count, source, reason.join(" "));
      }
    },
    kbt_changed_payloads: ({ value }) => value(totals.changed.size),
    kbt_events_total: ({ value }) => value(totals.events),
    kbt_api_tokens: ({ value }) => value(readTokens(), "read"),
    kbt_run_id: ({ value }) => value(recorder.runId),
    kbt_db_pending_rows: ({ value }) => value(recorder.pendingRows),
    kbt_db_rows_total: ({ value }) => {
      for (const [table, rows] of recorder.counts()) value(rows, table);
    },
  };
}

function tradingReadings(
  { bankroll, engine, latched }: NonNullable<WatchedRun["trading"]>,
  meter: RunMeter,
  totals: SessionTotals,
): Readings {
  const { portfolio } = engine;
  return {
    kalshi_trades_total: countsOf(meter.trades),
    kalshi_trade_pnl_dollars: ({ histogram }) => histogram(meter.pnl),
    kalshi_signal_latency_seconds: ({ histogram }) => histogram(meter.signalLatency),
    kalshi_open_positions: ({ value }) => value(portfolio.openCount),
    kalshi_portfolio_value_dollars: ({ value }) => {
      const open = openProfit(portfolio, (ticker) => engine.book(ticker));
      value(dollars(bankroll + portfolio.realised + open));
    },
    kbt_realised_pnl_dollars: ({ value }) => value(dollars(portfolio.realised)),
    kbt_exposure_dollars: ({ value }) => value(dollars(portfolio.worstCase())),
    kbt_signals_total: countsOf(meter.signals),
    kbt_evaluations_total: ({ value }) => {
      for (const [reason, count] of totals.reasons) value(count, reason);
    },
    kbt_decision_seconds: ({ histogram }) => histogram(meter.decisions),
    kbt_orders_total: countsOf(meter.orders),
    kbt_open_orders: ({ value }) => value(meter.openOrders),
    kbt_order_ends_total: countsOf(meter.ends),
    kbt_order_rejects_total: countsOf(meter.rejects),
    kbt_order_round_trip_seconds: ({ histogram }) => histogram(meter.roundTrips),
    kbt_risk_events_total: countsOf(meter.risks),
    kbt_latched: ({ value }) => {
      for (const kind of latched()) value(1, kind);
    },
  };
}

function dollars(money: number): number {
  return money / 1e6;
}

function feedReadings(feeds: readonly Feed[]): Readings {
  const each =
    (read: (feed: Feed, sheet: Sheet) => void) =>
    (sheet: Sheet): void => {
      for (const feed of feeds) read(feed, sheet);
    };
  return {
    kbt_feed_last_message_timestamp_seconds: each(({ name, stats }, { value }) => {
      if (stats.lastFrameMs !== null) value(stats.lastFrameMs / 1000, name);
    }),
    kbt_feed_frames_total: each(({ name, stats }, { value }) => value(stats.frames, name)),
    kbt_feed_observations_total: each(({ name, stats }, { value }) => {
      value(stats.emitted, name, "emitted");
      value(stats.received - stats.emitted, name, "rejected");
    }),
    kbt_feed_rejected_total: each(({ name, stats }, { value }) => {
      for (const [reason, count] of stats.rejected) value(count, name, reason);
    }),
    kbt_feed_gaps_total: each(({ name, stats }, { value }) => value(stats.gaps, name)),
    kbt_feed_connects_total: each(({ name, stats }, { value }) => value(stats.connects, name)),
  };
}

/** What there is to read of the requests. */
export function apiReadings({ requests, seconds }: ApiMeter): Readings {
  return {
    kbt_api_requests_total: countsOf(requests),
    kbt_api_request_seconds: ({ histogram }) => {
      for (const [host, times] of seconds) histogram(times, host);
    },
  };
}

function countsOf(counts: Counts): (sheet: Sheet) => void {
  return ({ value }) => {
    for (const { sum, values } of counts.entries()) value(sum, ...values);
  };
}
