import type { Engine } from "../core/engine.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";
import type { Clock, Feed } from "../ports.ts";
import type { SessionTotals } from "./session.ts";
import { dollars, usd } from "./trading-report.ts";

// The line on stderr while a run works: where it stands in exchange time, how fast, and what it waits for.

interface Where {
  readonly feeds: readonly Feed[];
  readonly env: { readonly clock: Clock; readonly sim: { readonly speed: number | "max" } | null };
  readonly real: Pick<Clock, "monoMs">;
  readonly totals: SessionTotals;
}

const lastSeen = new WeakMap<object, { events: number; mono: Ms; rate: number }>();

/** `14:12:05Z 60x  1234 events/s  2 gaps  gemini: reconnecting in 3 s | ok: kalshi coinbase kraken`. */
export function feedLine(where: Where): string {
  const { feeds, env } = where;
  const speed = env.sim === null ? "" : ` ${env.sim.speed === "max" ? "max" : `${env.sim.speed}x`}`;
  const gaps = feeds.reduce((sum, feed) => sum + feed.stats.gaps, 0);
  return [
    `${clockTime(env.clock.nowMs())}${speed}  ${rateOf(where)} events/s`,
    ...(gaps === 0 ? [] : [`${gaps} gap${gaps === 1 ? "" : "s"}`]),
    statesOf(feeds),
  ].join("  ");
}

/** The same for a trading run, with what it did so far. */
export function tradeLine(where: Where, engine: Engine): string {
  const { totals } = where;
  const { portfolio } = engine;
  return [
    `${clockTime(where.env.clock.nowMs())}  ${rateOf(where)} events/s`,
    `${totals.evaluations} evaluations, ${totals.fills} fills, ${portfolio.openCount} open, P&L ${dollars(usd(portfolio.realised))}`,
    nextClose(where.env.clock.nowMs(), engine) ??
      where.feeds.map((feed) => feed.status()).join(" | "),
    ...heldBy(where),
  ].join("  ");
}

/** A terminal cuts the line at its width: trouble stands first, and of many feeds those that are well are a word each. */
function statesOf(feeds: readonly Feed[]): string {
  const states = feeds.map((feed) => ({ name: feed.name, status: feed.status() }));
  const well = states.filter(({ status }) => CONNECTED.test(status));
  const troubled = states.filter(({ status }) => !CONNECTED.test(status));
  const inFull = feeds.length > IN_FULL_MAX ? troubled : [...troubled, ...well];
  const parts = inFull.map(({ name, status }) => `${name}: ${status}`);
  if (feeds.length > IN_FULL_MAX && well.length > 0) {
    parts.push(`ok: ${well.map(({ name }) => name).join(" ")}`);
  }
  return parts.join(" | ");
}

/** A feed appends what is wrong behind a semicolon. */
const CONNECTED = /^connected, [^;]*$/;
const IN_FULL_MAX = 2;

function rateOf({ totals, real }: Where): number {
  const mono = real.monoMs();
  const last = lastSeen.get(totals) ?? { events: 0, mono: mono - 1000, rate: 0 };
  if (mono - last.mono < 250) return last.rate;
  const rate = Math.round(((totals.events - last.events) / (mono - last.mono)) * 1000);
  lastSeen.set(totals, { events: totals.events, mono, rate });
  return rate;
}

const HELD_MS = 30_000;
const lastHeld = new WeakMap<object, { mono: Ms; before: ReadonlyMap<string, number> }>();

/** What decided most of the evaluations since half a minute ago: a run that trades nothing says why. */
function heldBy({ real, totals }: Where): string[] {
  const mono = real.monoMs();
  const last = lastHeld.get(totals) ?? { mono, before: new Map<string, number>() };
  let [most, count] = ["", 0];
  for (const [reason, now] of totals.held) {
    const since = now - (last.before.get(reason) ?? 0);
    if (since > count) [most, count] = [reason, since];
  }
  const isOver = mono - last.mono >= HELD_MS;
  lastHeld.set(totals, isOver ? { mono, before: new Map(totals.held) } : last);
  return count === 0 ? [] : [`held by ${most}`];
}

function nextClose(nowMs: Ms, engine: Engine): string | null {
  let next = Number.POSITIVE_INFINITY;
  for (const market of engine.markets()) {
    if (market.closeMs > nowMs && market.closeMs < next) next = market.closeMs;
  }
  if (!Number.isFinite(next)) return null;
  const seconds = Math.ceil((next - nowMs) / 1000);
  return `next close in ${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function clockTime(ms: Ms): string {
  return `${isoTime(ms).slice(11, 19)}Z`;
}
