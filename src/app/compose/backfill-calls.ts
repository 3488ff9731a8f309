import type { CandleRange } from "../../adapters/kalshi/history.ts";
import type { Ms } from "../../core/units.ts";
import type { Target } from "./backfill-work.ts";

/** Markets whose candles come in one call, or one market whose candles take several. */
export interface CandleCall {
  readonly targets: readonly Target[];
  readonly spans: readonly CandleRange[];
}

/** Limits of one answer (kalshi.md §2.6). */
const CANDLES_MAX = 10_000;
const TICKERS_MAX = 100;
const MINUTE_MS = 60_000;

/** As few calls as the limits allow: the markets of an event live equally long, and are asked for together. */
export function candleCalls(targets: readonly Target[]): readonly CandleCall[] {
  const groups = new Map<string, Target[]>();
  const alone: Target[] = [];
  for (const target of targets) {
    const { closeMs, openMs, tier } = target;
    // The historical tier has no call for many.
    if (tier === "historical" || minutesOf(target) * 2 > CANDLES_MAX) {
      alone.push(target);
      continue;
    }
    const key = `${openMs} ${closeMs}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(target);
  }
  return [...groups.values()]
    .flatMap(chunks)
    .concat(
      alone.map((target) => ({ targets: [target], spans: spansOf(target.openMs, target.closeMs) })),
    );
}

function chunks(group: readonly Target[]): CandleCall[] {
  const [first] = group;
  if (first === undefined) return [];
  const most = Math.min(TICKERS_MAX, Math.floor(CANDLES_MAX / minutesOf(first)));
  const spans = spansOf(first.openMs, first.closeMs);
  const calls: CandleCall[] = [];
  for (let at = 0; at < group.length; at += most) {
    calls.push({ targets: group.slice(at, at + most), spans });
  }
  return calls;
}

/** Ends of candles in a market's life, both ends included. */
function minutesOf({ closeMs, openMs }: Target): number {
  return Math.ceil((closeMs - openMs) / MINUTE_MS) + 1;
}

/** A life in pieces of which each fits one answer. The last candle may end after the close. */
function spansOf(openMs: Ms, closeMs: Ms): CandleRange[] {
  const lastS = Math.ceil(closeMs / MINUTE_MS) * 60;
  const stepS = (CANDLES_MAX - 1) * 60;
  const spans: CandleRange[] = [];
  for (let fromS = Math.floor(openMs / MINUTE_MS) * 60; fromS <= lastS; fromS += stepS) {
    spans.push({ fromS, toS: Math.min(lastS, fromS + stepS - 60) });
  }
  return spans;
}
