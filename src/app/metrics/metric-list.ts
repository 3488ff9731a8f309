// Every metric that a run gives out. docs/operating.md has the same table, and a test holds the two together.

export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

const metric = <const Name extends string>(
  name: Name,
  type: Metric["type"],
  help: string,
  labels: readonly string[] = [],
) => ({ name, type, help, labels });

// The first five keep the names of what users already scrape (contract §5).
const TRADING = [
  metric("kalshi_trades_total", "counter", "Fills, real or simulated", [
    "strategy",
    "action",
    "side",
  ]),
  metric(
    "kalshi_trade_pnl_dollars",
    "histogram",
    "Realised profit of each leg that closes something or corrects what was paid",
  ),
  metric(
    "kalshi_signal_latency_seconds",
    "histogram",
    "From an event reaching the engine to its order being with the venue; steps that decided to trade",
  ),
  metric("kalshi_open_positions", "gauge", "Markets in which something is held"),
  metric(
    "kalshi_portfolio_value_dollars",
    "gauge",
    "Bankroll at the start, plus realised profit of the run, plus holdings at the bid less their cost",
  ),
  metric("kbt_realised_pnl_dollars", "gauge", "Realised profit of the run"),
  metric("kbt_exposure_dollars", "gauge", "What all holdings together can still lose"),
  metric("kbt_signals_total", "counter", "Evaluations that decided to trade", ["strategy"]),
  metric("kbt_evaluations_total", "counter", "Evaluations by the reason that decided", ["reason"]),
  metric("kbt_decision_seconds", "histogram", "The same as the signal latency, of all evaluations"),
  metric("kbt_orders_total", "counter", "Orders put on file", ["strategy", "action"]),
  metric("kbt_open_orders", "gauge", "Orders whose end is not known yet"),
  metric("kbt_order_ends_total", "counter", "Orders that came to an end, by how", ["state"]),
  metric("kbt_order_rejects_total", "counter", "Orders that ended without any fill, by reason", [
    "reason",
  ]),
  metric(
    "kbt_order_round_trip_seconds",
    "histogram",
    "From an order going on file to the venue's first word of it, by the run's clock",
  ),
  metric("kbt_risk_events_total", "counter", "Rows of risk_events by kind", ["kind"]),
  metric("kbt_latched", "gauge", "1 for each latch that this run has set", ["kind"]),
  metric("kbt_killed", "gauge", "1 while the kill file of the database is there"),
] as const;

const FEEDS = [
  metric("kbt_clock_timestamp_seconds", "gauge", "Now by the run's clock, which --sim replaces"),
  metric(
    "kbt_feed_last_message_timestamp_seconds",
    "gauge",
    "Newest message of a feed, by the run's clock; its age is the clock less this",
    ["feed"],
  ),
  metric("kbt_feed_frames_total", "counter", "Messages that arrived, of any kind", ["feed"]),
  metric("kbt_feed_observations_total", "counter", "Observations by what became of them", [
    "feed",
    "outcome",
  ]),
  metric("kbt_feed_rejected_total", "counter", "Observations refused, by reason", [
    "feed",
    "reason",
  ]),
  metric("kbt_feed_connects_total", "counter", "Connections made", ["feed"]),
  metric("kbt_feed_gaps_total", "counter", "Holes in the data of a feed", ["feed"]),
  metric("kbt_gaps_total", "counter", "The same by what is said of them, once there is one", [
    "source",
    "reason",
  ]),
  metric("kbt_changed_payloads", "gauge", "Places whose messages have another shape for good"),
  metric("kbt_events_total", "counter", "Events that reached the session"),
  metric("kbt_api_requests_total", "counter", "Requests by host and status class, or error", [
    "host",
    "outcome",
  ]),
  metric("kbt_api_request_seconds", "histogram", "Time to the whole answer", ["host"]),
  metric("kbt_api_tokens", "gauge", "Tokens left in a budget of Kalshi's; below 0 calls wait", [
    "budget",
  ]),
] as const;

const PROCESS = [
  metric("kbt_info", "gauge", "Always 1; says what runs", ["version", "mode", "environment"]),
  metric("kbt_start_timestamp_seconds", "gauge", "When the process began, by the machine's clock"),
  metric("kbt_run_id", "gauge", "The run that is recorded; 0 before there is one"),
  metric("kbt_event_loop_lag_seconds", "gauge", "How late timers were since the last scrape", [
    "stat",
  ]),
  metric("kbt_memory_bytes", "gauge", "Memory by kind", ["kind"]),
  metric("kbt_active_resources", "gauge", "Timers, sockets and the like that are open, by kind", [
    "kind",
  ]),
  metric("kbt_db_bytes", "gauge", "Size of the database and of its WAL", ["file"]),
  metric("kbt_db_pending_rows", "gauge", "Rows that are not committed yet"),
  metric("kbt_db_rows_total", "counter", "Rows of this run, by table", ["table"]),
] as const;

const ALERTS = [
  metric("kbt_alerts_total", "counter", "Alerts by messenger and what became of them", [
    "service",
    "outcome",
  ]),
  metric(
    "kbt_alert_send_failures_total",
    "counter",
    "Messages that failed; alerts are tried again",
    ["service"],
  ),
  metric("kbt_alerts_waiting", "gauge", "Alerts that are not sent yet", ["service"]),
] as const;

export const METRICS = [...TRADING, ...FEEDS, ...PROCESS, ...ALERTS] as const;

export type MetricName = (typeof METRICS)[number]["name"];
