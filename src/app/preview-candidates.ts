import { type Candidate, type HitRate, payoffOf } from "../core/candidate.ts";
import { formatMoney, formatPrice } from "../core/units.ts";
import type { CommandContext, Line, Table } from "./context.ts";
import { centPrice, cents } from "./preview-units.ts";
import { strikeText } from "./strike-text.ts";

// What a strategy weighs against each other in an event, beside what buying dear contracts comes to: the share of wins that
// each needs, the share that was seen, and how many wins one loss takes back.

export interface PreviewCandidate {
  readonly strategy: string;
  readonly ticker: string;
  readonly event_ticker: string;
  readonly strike: string;
  readonly side: string;
  readonly ask: string | null;
  /** One contract with its fee, dollars. */
  readonly cost: string | null;
  /** Dollars per contract, by the model. */
  readonly ev: string | null;
  /** Why it is not bought; null for the one that is. */
  readonly why: string | null;
  /** Share of wins below which this cost loses money. */
  readonly break_even: number | null;
  /** Profit of a win for each dollar of cost. */
  readonly return_if_won: number | null;
  readonly wins_per_loss: number | null;
  readonly hit_rate: HitRate | null;
}

export function previewCandidate(
  { ask, cost, ev, market, side, strategy, why }: Candidate,
  hitRate: HitRate | null,
): PreviewCandidate {
  const payoff = cost === null ? null : payoffOf(cost);
  return {
    strategy,
    ticker: market.ticker,
    event_ticker: market.eventTicker,
    strike: strikeText(market),
    side,
    ask: ask === null ? null : formatPrice(ask),
    cost: cost === null ? null : formatMoney(cost),
    ev: ev === null ? null : ev.toFixed(6),
    why,
    break_even: payoff?.breakEven ?? null,
    return_if_won: payoff?.returnIfWon ?? null,
    wins_per_loss: payoff?.winsPerLoss ?? null,
    hit_rate: hitRate,
  };
}

/** More than these are read in the document. */
const SHOWN = 5;

/** The first few of each event, the one that is bought first. */
export function candidateLines(
  candidates: readonly PreviewCandidate[],
  columns: (table: Table) => readonly string[],
): Line[] {
  const events = [...new Set(candidates.map(({ event_ticker: event }) => event))];
  return events.flatMap((event) => {
    const here = candidates.filter(({ event_ticker: other }) => other === event);
    const [title = "", ...rows] = columns(tableOf(here.slice(0, SHOWN)));
    const hits = here[0]?.hit_rate ?? null;
    return [
      { text: `${here[0]?.strategy ?? ""} weighs in ${event}:` },
      { text: title },
      ...rows.map((text, at) => ({ text, strong: here[at]?.why === null })),
      { text: `  ${hitText(hits)}` },
    ];
  });
}

function tableOf(candidates: readonly PreviewCandidate[]): Table {
  const columns: CommandColumns = [
    { title: "  strike" },
    { title: "buy" },
    { title: "ask", align: "right" },
    { title: "all in", align: "right" },
    { title: "EV", align: "right" },
    { title: "must win", align: "right" },
    { title: "earns", align: "right", spare: true },
    { title: "a loss takes", align: "right" },
    { title: "" },
  ];
  return { columns, rows: candidates.map(cellsOf) };
}

type CommandColumns = Parameters<CommandContext["columns"]>[0]["columns"];

function cellsOf(one: PreviewCandidate): string[] {
  const { ask, break_even: needed, cost, ev, return_if_won: earned, side, strike, why } = one;
  return [
    `  ${strike}`,
    side,
    centPrice(ask),
    centPrice(cost),
    ev === null ? "-" : cents(Number(ev)),
    needed === null ? "-" : percent(needed),
    earned === null ? "-" : percent(earned),
    one.wins_per_loss === null ? "-" : `${one.wins_per_loss.toFixed(1)} wins`,
    why ?? "BUY",
  ];
}

function hitText(hits: HitRate | null): string {
  if (hits === null)
    return "no market of this database that was asked for in the band has settled yet";
  const { hits: won, low, markets, rate, windows } = hits;
  return `seen in the band: ${won} of ${markets} won, ${percent(rate)}, at least ${percent(low)} (${windows} windows)`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
