import { EV_PER_RUN } from "../numbering.ts";

// What can be exported, as plain tables: one kind of row each, columns of one type with the unit in their name. The
// statements read the compact tables themselves: through a view, which names the runs first, each page would begin its
// search at the start of the run.

type CellType = "integer" | "real" | "text";
export type Cell = string | number | null;

export interface Column {
  readonly name: string;
  readonly type: CellType;
}

/** A table of which every row belongs to a run, or, without `byRun`, to none. */
export interface ExportTable {
  readonly columns: readonly Column[];
  /** Rows behind `:after` in the order of `key`, at most `:limit`; `:end` closes a run's range. Columns in their order. */
  readonly sql: string;
  /** Index of the column that `--since` and `--until` look at. */
  readonly time: number;
  /** Index of the column that numbers the rows. */
  readonly key: number;
  readonly byRun: boolean;
}

type Field = readonly [name: string, type: CellType, sql: string];

const RECV: Field = ["recv_ms", "integer", "r.started_ms + d.dt_ms"];
const EXCHANGE: Field = ["exchange_ms", "integer", "r.started_ms + d.dt_ms - d.lag_ms"];
const TICKER: Field = ["ticker", "text", "m.ticker"];
const MARKET = "LEFT JOIN market_ids m ON m.market_id = d.market_id";
const STREAM = `LEFT JOIN streams s ON s.stream_id = d.stream_id
  LEFT JOIN market_ids m ON m.market_id = s.market_id`;

function integers(...names: readonly string[]): Field[] {
  return names.map((name) => [name, "integer", `d.${name}`]);
}

function reals(...names: readonly string[]): Field[] {
  return names.map((name) => [name, "real", `d.${name}`]);
}

function texts(...names: readonly string[]): Field[] {
  return names.map((name) => [name, "text", `d.${name}`]);
}

/** Rows of one table, numbered by the run's events. */
function ofRun(from: string, fields: readonly Field[], key = "ev", time = "recv_ms"): ExportTable {
  return table(fields, {
    key,
    time,
    byRun: true,
    tail: `FROM ${from} JOIN runs r ON r.run_id = d.${key} / ${EV_PER_RUN}
      WHERE d.${key} > :after AND d.${key} < :end ORDER BY d.${key} LIMIT :limit`,
  });
}

/** Rows that bear the number of their run, or of none. */
function ofLedger(from: string, fields: readonly Field[], key: string, time: string): ExportTable {
  return table(fields, {
    key,
    time,
    byRun: false,
    tail: `FROM ${from} WHERE d.rowid > :after AND (:run IS NULL OR d.run_id = :run)
      AND (:mode IS NULL OR d.run_id IN (SELECT run_id FROM runs WHERE mode = :mode)) ORDER BY d.rowid LIMIT :limit`,
  });
}

function table(
  fields: readonly Field[],
  of: {
    readonly key: string;
    readonly time: string;
    readonly byRun: boolean;
    readonly tail: string;
  },
): ExportTable {
  const names = fields.map(([name]) => name);
  return {
    columns: fields.map(([name, type]) => ({ name, type })),
    sql: `SELECT ${fields.map(([, , sql]) => sql).join(", ")} ${of.tail}`,
    time: names.indexOf(of.time),
    key: names.indexOf(of.key),
    byRun: of.byRun,
  };
}

const RUN: Field = ["run_id", "integer", "r.run_id"];
const NUMBERS: readonly Field[] = [["ev", "integer", "d.ev"], RUN];
const MARKET_NUMBERS: readonly Field[] = [...NUMBERS, TICKER];
const TIMES: readonly Field[] = [EXCHANGE, RECV];

/** Order-book changes lie packed and plain, and come from the replay. */
export const DELTA_COLUMNS: readonly Column[] = [
  { name: "ev", type: "integer" },
  { name: "run_id", type: "integer" },
  { name: "ticker", type: "text" },
  { name: "sid", type: "integer" },
  { name: "seq", type: "integer" },
  { name: "side", type: "text" },
  { name: "price_cc", type: "integer" },
  { name: "delta_cq", type: "integer" },
  { name: "exchange_ms", type: "integer" },
  { name: "recv_ms", type: "integer" },
];

/** A level of a book each; a book without any is one row whose last three cells are empty. */
export const SNAPSHOT_COLUMNS: readonly Column[] = [
  { name: "ev", type: "integer" },
  { name: "run_id", type: "integer" },
  { name: "ticker", type: "text" },
  { name: "sid", type: "integer" },
  { name: "seq", type: "integer" },
  { name: "recv_ms", type: "integer" },
  { name: "side", type: "text" },
  { name: "price_cc", type: "integer" },
  { name: "qty_cq", type: "integer" },
];

/** Whole books with their levels as JSON, which `pages.ts` makes rows of. */
export const SNAPSHOTS = ofRun(`snapshots d ${STREAM}`, [
  ...MARKET_NUMBERS,
  ["sid", "integer", "s.sid"],
  ...integers("seq"),
  RECV,
  ...texts("yes_levels", "no_levels"),
]);

/** Every other table under the word that `--what` takes. */
export const EXPORT_TABLES = {
  tickers: ofRun(`tickers d ${STREAM}`, [
    ...MARKET_NUMBERS,
    ["sid", "integer", "s.sid"],
    ...integers("yes_bid_cc", "yes_ask_cc", "last_cc", "yes_bid_qty_cq", "yes_ask_qty_cq"),
    ...integers("volume_cq", "open_interest_cq"),
    ...TIMES,
  ]),
  "public-trades": ofRun(`trades d ${MARKET}`, [
    ...MARKET_NUMBERS,
    ...texts("trade_id"),
    ...integers("yes_price_cc", "qty_cq"),
    ...texts("taker_side"),
    ...TIMES,
  ]),
  spots: ofRun("spots d LEFT JOIN spot_streams s ON s.spot_stream_id = d.spot_stream_id", [
    ...NUMBERS,
    ["source", "text", "s.source"],
    ["product", "text", "s.product"],
    ["kind", "text", "s.kind"],
    ...reals("price_usd", "bid_usd", "ask_usd", "size"),
    ...texts("trade_id"),
    ...TIMES,
  ]),
  index: ofRun("index_values d LEFT JOIN index_names n ON n.index_name_id = d.index_name_id", [
    ...NUMBERS,
    ["index_id", "text", "n.index_id"],
    ...reals("value_usd", "avg60_usd"),
    [
      "source",
      "text",
      "CASE d.proxy_method WHEN 1 THEN 'proxy_books' WHEN 2 THEN 'proxy_mids' ELSE 'exchange' END",
    ],
    ...integers("venues", "max_age_ms"),
    ...reals("dispersion_bp", "window_avg_usd"),
    ...integers("window_count"),
    ...TIMES,
  ]),
  candles: ofRun("candle_values d", [
    ...NUMBERS,
    ...texts("source", "product"),
    ...integers("open_ms", "interval_s"),
    ...reals("open_usd", "high_usd", "low_usd", "close_usd", "volume"),
    RECV,
  ]),
  gaps: ofRun("gaps d", [
    ...NUMBERS,
    ...texts("source", "reason", "tickers_json"),
    ...integers("sid", "from_seq", "to_seq", "from_ms", "to_ms"),
    RECV,
  ]),
  opportunities: ofRun(
    `evaluations d LEFT JOIN verdicts v ON v.verdict_id = d.verdict_id ${MARKET}
     LEFT JOIN evaluation_extras x ON x.opportunity_id = d.opportunity_id`,
    [
      ...integers("opportunity_id"),
      RUN,
      ["mode", "text", "r.mode"],
      ["strategy", "text", "v.strategy"],
      TICKER,
      ["at_ms", "integer", "r.started_ms + d.dt_ms"],
      ["tau_s", "real", "d.tau_ms / 1e3"],
      ["spot_usd", "real", "d.spot_e6 / 1e6"],
      ["sigma", "real", "d.sigma_e12 / 1e12"],
      ["p_model", "real", "d.p_model_e9 / 1e9"],
      ["p_low", "real", "d.p_low_e9 / 1e9"],
      ["p_high", "real", "d.p_high_e9 / 1e9"],
      [
        "p_market",
        "real",
        "CASE WHEN x.opportunity_id IS NULL THEN (d.yes_bid_cc + d.yes_ask_cc) / 2e4 ELSE x.p_market END",
      ],
      ["p_strategy", "real", "x.p_strategy"],
      ["side", "text", "v.side"],
      ...integers("yes_bid_cc", "yes_ask_cc", "yes_bid_qty_cq", "yes_ask_qty_cq", "cost_ud"),
      ["ev", "real", "d.ev_ud / 1e6"],
      ["decision", "text", "v.decision"],
      ["reason", "text", "v.reason"],
      ["failed", "text", "v.failed"],
    ],
    "opportunity_id",
    "at_ms",
  ),
  trades: ofLedger(
    "trade_ledger d",
    [
      ...integers("ledger_id", "run_id"),
      ...texts("mode"),
      ...integers("at_ms"),
      ...texts("action", "side", "ticker"),
      ...integers("price_cc", "qty_cq", "cost_ud", "pnl_ud"),
      ...texts("status", "source", "strategy", "order_id", "payload_json"),
    ],
    "ledger_id",
    "at_ms",
  ),
  fills: ofLedger(
    "fills d",
    [
      ["number", "integer", "d.rowid"],
      ...integers("run_id"),
      ...texts("mode", "order_id", "fill_id", "ticker", "side", "action"),
      ...integers("price_cc", "qty_cq", "fee_ud", "is_taker", "at_ms"),
      ...texts("fill_class"),
    ],
    "number",
    "at_ms",
  ),
  settlements: ofLedger(
    "settlement_revisions d",
    [
      ["number", "integer", "d.rowid"],
      ...integers("run_id"),
      ...texts("ticker", "event_ticker"),
      ...integers("revision"),
      ...texts("result", "expiration_value"),
      ...integers("final", "settled_ms"),
      ...texts("source"),
      ...integers("recv_ms"),
    ],
    "number",
    "settled_ms",
  ),
} satisfies Readonly<Record<string, ExportTable>>;

/** Minutes of markets, which no run owns: pages go by market and time. */
export const MARKET_CANDLES = table(
  [
    TICKER,
    ...integers("interval_s", "end_ms"),
    ...integers("bid_open_cc", "bid_high_cc", "bid_low_cc", "bid_close_cc"),
    ...integers("ask_open_cc", "ask_high_cc", "ask_low_cc", "ask_close_cc"),
    ...integers("price_open_cc", "price_high_cc", "price_low_cc", "price_close_cc"),
    ...integers("volume_cq", "open_interest_cq"),
  ],
  {
    key: "end_ms",
    time: "end_ms",
    byRun: false,
    tail: `FROM market_candles d JOIN market_ids m ON m.market_id = d.market_id
      WHERE d.market_id = :market ORDER BY d.interval_s, d.end_ms`,
  },
);
