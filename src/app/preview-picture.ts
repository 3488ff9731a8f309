import { stepOf } from "../core/funnel.ts";
import type { CommandContext, Line, Room, Table } from "./context.ts";
import { candidateLines } from "./preview-candidates.ts";
import { planLines } from "./preview-plan.ts";
import type { PreviewMarket, PreviewReport } from "./preview-report.ts";
import { type PreviewSpot, shortened } from "./preview-spot.ts";
import { centPrice, cents, countdown, shortCount } from "./preview-units.ts";

// `preview` as people see it, laid out for the room there is: spot, each event with the markets around its centre, and
// the plan. When room is short, the markets furthest from the centre give way first.

/** Markets of one event that are shown however much room there is: an hourly event has 188 of them. */
const MARKETS_MAX = 21;
/** Rows that the plan leaves to the markets. */
const EVENT_ROWS_MIN = 5;
const FOOT_ROWS_MAX = 3;
/** A shorter line of blocks says nothing. */
const LINE_MIN = 16;

type Columns = CommandContext["columns"];

interface Event {
  readonly ticker: string;
  readonly markets: readonly PreviewMarket[];
}

interface EventRoom {
  readonly columns: Columns;
  /** Markets at most. */
  readonly most: number;
  readonly room: Room;
}

/** `foot` are lines that stand below everything, as warnings do. */
export function previewPicture(
  report: PreviewReport,
  room: Room,
  parts: { readonly columns: Columns; readonly foot: readonly string[] },
): readonly Line[] {
  const head = headLines(report, room);
  const foot = cut(
    parts.foot.map((text) => ({ text })),
    FOOT_ROWS_MAX,
  );
  const left = room.rows - head.length - foot.length;
  const events = eventsOf(report);
  const weighed = candidateLines(report.candidates, (table) => parts.columns(table, room.columns));
  const plan = cut(
    [...planLines(report, room.columns), ...weighed],
    left - Math.min(events.length, 1) * EVENT_ROWS_MIN,
  );
  const tables = fitted(events, { rows: left - plan.length, columns: room.columns }, parts.columns);
  const none = { text: "no open market in the followed series now" };
  return cut([...head, ...(events.length === 0 ? [none] : tables), ...plan, ...foot], room.rows);
}

function headLines({ environment, now, spot, trouble }: PreviewReport, room: Room): Line[] {
  const isScreen = Number.isFinite(room.rows);
  const lines: Line[] = [
    {
      text: `${environment} at ${now.slice(0, 19)}Z${isScreen ? "  Ctrl-C ends" : ""}`,
      strong: true,
    },
  ];
  if (trouble !== null) {
    const { message, since } = trouble;
    const text = `no new look since ${since.slice(11, 19)}Z, below is what was seen then:`;
    lines.push({ text, strong: true }, { text: `  ${message}`, strong: true });
  }
  return [...lines, ...spot.flatMap((each) => spotText(each, room))];
}

/** On a screen, where rows are dear, the hour stands behind the numbers. */
function spotText(spot: PreviewSpot, { columns, rows }: Room): Line[] {
  const { hour_high_usd: high, hour_low_usd: low, line, price_usd: price, product } = spot;
  const numbers = `${product} ${price}  hour ${low} to ${high}`;
  const beside = columns - numbers.length - 2;
  if (Number.isFinite(rows) && beside >= LINE_MIN) {
    return [{ text: `${numbers}  ${shortened(line, beside)}` }];
  }
  return [{ text: numbers }, { text: shortened(line, columns) }];
}

function eventsOf({ markets }: PreviewReport): Event[] {
  return [...new Set(markets.map((market) => market.event_ticker))].map((ticker) => ({
    ticker,
    markets: markets.filter((market) => market.event_ticker === ticker),
  }));
}

/** Every event with as many markets as there are rows for; where one of each is too many, those that close last go. */
function fitted(events: readonly Event[], room: Room, columns: Columns): readonly Line[] {
  let lines: readonly Line[] = [];
  for (let count = events.length; count > 0; count--) {
    const shown = events.slice(0, count);
    const notes = events.slice(count).map((event) => ({ text: `… no room: ${headingOf(event)}` }));
    for (let most = notes.length === 0 ? MARKETS_MAX : 1; most > 0; most--) {
      lines = [...shown.flatMap((event) => eventLines(event, { most, columns, room })), ...notes];
      if (lines.length <= room.rows) return lines;
    }
  }
  return cut(lines, room.rows);
}

function eventLines(event: Event, { columns, most, room }: EventRoom): Line[] {
  const { markets } = event;
  const shown = aroundCentre(markets, most);
  const rest = new Set(markets.map(({ ticker }) => ticker)).size - shown.size;
  return [
    { text: "" },
    { text: headingOf(event), strong: true },
    ...tableLines(
      markets.filter(({ ticker }) => shown.has(ticker)),
      (table) => columns(table, room.columns),
    ),
    ...(rest === 0 ? [] : [{ text: `… ${rest} strikes further out (--json has all)` }]),
  ];
}

function headingOf({ markets, ticker }: Event): string {
  const [first] = markets;
  if (first === undefined) return ticker;
  const { close_new_york: close, seconds_to_close: seconds } = first;
  return `${ticker} closes at ${close}, in ${countdown(seconds)}`;
}

/** In groups by strategy, under its name, when there are several. */
function tableLines(
  markets: readonly PreviewMarket[],
  aligned: (table: Table) => readonly string[],
): Line[] {
  const strategies = [...new Set(markets.map(({ strategy }) => strategy))];
  const grouped = strategies.map((name) => markets.filter(({ strategy }) => strategy === name));
  const [titles = "", ...texts] = aligned(marketTable(grouped.flat()));
  const rows = grouped
    .flat()
    .map((market, at) => ({ text: texts[at] ?? "", strong: isTrade(market) }));
  const lines = grouped.map((group) => rows.splice(0, group.length));
  return [
    { text: titles },
    ...lines.flatMap((group, at) =>
      strategies.length === 1 ? group : [{ text: `${strategies[at]}:` }, ...group],
    ),
  ];
}

/** Tickers of the markets nearest to even chances, and of those that would be traded. */
function aroundCentre(markets: readonly PreviewMarket[], most: number): ReadonlySet<string> {
  const tickers = [...new Set(markets.map(({ ticker }) => ticker))];
  const distances = tickers.map((ticker) => {
    const { p_market: market = null, p_model: model = null } =
      markets.find((each) => each.ticker === ticker) ?? {};
    const p = model ?? market;
    return p === null ? 1 : Math.abs(p - 0.5);
  });
  const centre = distances.indexOf(Math.min(...distances));
  const from = Math.max(0, Math.min(centre - Math.floor(most / 2), tickers.length - most));
  const trades = markets.filter(isTrade).map(({ ticker }) => ticker);
  return new Set([...tickers.slice(from, from + most), ...trades]);
}

const isTrade = ({ decision }: PreviewMarket): boolean => decision === "trade";

function marketTable(markets: readonly PreviewMarket[]): Table {
  return {
    columns: [
      { title: "strike" },
      { title: "bid", align: "right" },
      { title: "ask", align: "right" },
      { title: "spread", align: "right" },
      { title: "depth", align: "right" },
      { title: "market", align: "right" },
      { title: "model", align: "right" },
      { title: "from-to", align: "right", spare: true },
      { title: "buy" },
      { title: "EV", align: "right" },
      { title: "held by", spare: true },
    ],
    rows: markets.map(cellsOf),
  };
}

function cellsOf(market: PreviewMarket): string[] {
  const { ev, failed, spread_ticks: ticks } = market;
  return [
    market.strike,
    centPrice(market.yes_bid),
    centPrice(market.yes_ask),
    ticks === null ? "-" : `${ticks}t`,
    `${countOf(market.yes_bid_qty)}/${countOf(market.yes_ask_qty)}`,
    chance(market.p_market),
    chance(market.p_model),
    interval(market),
    market.side ?? "-",
    ev === null ? "-" : cents(Number(ev)),
    market.decision === "trade" ? "TRADE" : stepsText(failed),
  ];
}

/** The full codes are in the plan and in the document; here there is room for the steps they belong to. */
const stepsText = (failed: readonly string[]): string => [...new Set(failed.map(stepOf))].join(" ");
const countOf = (qty: string | null): string => (qty === null ? "-" : shortCount(Number(qty)));
const chance = (p: number | null): string => (p === null ? "-" : `${(p * 100).toFixed(1)}%`);
const interval = ({ p_high: high, p_low: low }: PreviewMarket): string =>
  low === null || high === null ? "-" : `${Math.round(low * 100)}-${Math.round(high * 100)}%`;

/** At most so many lines; the last of them says how many are missing. */
function cut(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines;
  const kept = Math.max(0, rows - 1);
  return [...lines.slice(0, kept), { text: `… ${lines.length - kept} more lines` }];
}
