import type { Line } from "./context.ts";
import type { OpenGate } from "./preview-gates.ts";
import type { PlannedOrder, PreviewMarket, PreviewReport } from "./preview-report.ts";
import { centPrice, cents } from "./preview-units.ts";

// What each strategy would do: its orders with every gate they came through, and the nearest of what it holds back with
// every gate that is shut.

/** Wider than this nobody reads a list of gates in one line. */
const WIDTH_MAX = 120;
const INDENT = "    ";

export function planLines(report: PreviewReport, columns: number): Line[] {
  const width = Math.min(columns, WIDTH_MAX);
  if (report.markets.length === 0) return [];
  return [{ text: "" }, ...report.strategies.flatMap((name) => strategyLines(report, name, width))];
}

function strategyLines(report: PreviewReport, name: string, width: number): Line[] {
  const isOurs = ({ strategy }: { readonly strategy: string }): boolean => strategy === name;
  const orders = report.planned_orders.filter(isOurs);
  const near = report.nearest.filter(isOurs);
  const lines = orders.flatMap((order) => orderLines(order, width));
  // What it weighs is shown below, by its own measure.
  if (report.candidates.some(isOurs)) {
    return orders.length > 0 ? lines : [{ text: `${name}: nothing qualifies` }];
  }
  if (near.length === 0) {
    if (orders.length > 0) return lines;
    return filled(`${name}: nothing could be judged; shut: `, shutCounts(report, name), width);
  }
  const lead = orders.length > 0 ? `${name} holds back:` : `${name}: nothing qualifies; nearest:`;
  return [...lines, { text: lead }, ...near.flatMap((market) => heldLines(market, width))];
}

function orderLines(order: PlannedOrder, width: number): Line[] {
  const { action, gates, limit, qty, side, strategy, ticker } = order;
  const text = `${strategy} would ${action} ${Number(qty)} ${side} of ${ticker} at ${centPrice(limit)} or better`;
  return [{ text, strong: true }, ...filled("  all gates open: ", gates.map(gateText), width)];
}

function heldLines({ ev, failed, side, ticker }: PreviewMarket, width: number): Line[] {
  const lead = `  ${(side ?? "").padEnd(3)} ${ticker}  EV ${ev === null ? "-" : cents(Number(ev))}  shut: `;
  return filled(lead, failed, width);
}

function gateText({ gate, limit, value }: OpenGate): string {
  if (value === null) return gate;
  return limit === null ? `${gate} ${value}` : `${gate} ${value} (${limit})`;
}

/** Codes of all shut gates of a strategy, with the number of markets at which each was. */
function shutCounts({ markets }: PreviewReport, name: string): string[] {
  const counts = new Map<string, number>();
  for (const { failed, strategy } of markets) {
    if (strategy !== name) continue;
    for (const code of failed) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code} (${count} markets)`));
}

/** The items behind the lead, on as many lines as they need. */
function filled(lead: string, items: readonly string[], width: number): Line[] {
  const lines: string[] = [];
  let line = lead;
  items.forEach((item, at) => {
    const piece = at === items.length - 1 ? item : `${item}, `;
    if (line.length + piece.trimEnd().length > width && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = INDENT;
    }
    line += piece;
  });
  return [...lines, line].map((text) => ({ text }));
}
