import type { Market } from "../../../core/market.ts";
import type { Ms } from "../../../core/units.ts";

// The value of a 15-minute market was out 14 s after the close at best (kalshi.md §4.2); hourly markets pay a minute after
// they are determined. A network that was down at the wrong moment, or a dispute, must not leave a position open for ever,
// so after the first ten minutes a market is asked for every ten, for a day.
const POLL_S: readonly number[] = [
  2, 5, 10, 15, 20, 30, 60, 90, 120, 180, 240, 300, 360, 420, 480, 540, 600,
];
const SLOW_MS = 600_000;
const SLOW_TIMES = 144;
/** Seconds after a lifecycle message at which REST is asked; it may lag behind the socket by a second or two. */
const POKE_S: readonly number[] = [1, 3, 8];

interface Watched {
  closeMs: Ms;
  /** Next time to ask, null when the time for asking is over. */
  nextMs: Ms | null;
  pokedMs: Ms | null;
}

/** When to ask for the settlement of each market that closed or is about to. */
export class SettlementWatch {
  readonly #watched = new Map<string, Watched>();

  /** Watches a market, or follows a change of its close. */
  add(market: Market, nowMs: Ms): void {
    const known = this.#watched.get(market.ticker);
    if (known?.closeMs === market.closeMs) return;
    const nextMs = regularTime(market.closeMs, nowMs);
    this.#watched.set(market.ticker, { closeMs: market.closeMs, nextMs, pokedMs: null });
  }

  /** A message says that something happened to this market: ask now. */
  poke(ticker: string, nowMs: Ms): void {
    const watched = this.#watched.get(ticker);
    if (watched === undefined) return;
    watched.nextMs = nowMs;
    watched.pokedMs = nowMs;
  }

  done(ticker: string): void {
    this.#watched.delete(ticker);
  }

  has(ticker: string): boolean {
    return this.#watched.has(ticker);
  }

  nextMs(): Ms {
    let next = Number.POSITIVE_INFINITY;
    for (const { nextMs } of this.#watched.values()) {
      if (nextMs !== null && nextMs < next) next = nextMs;
    }
    return next;
  }

  /** Tickers to ask for now; each gets its next time. */
  takeDue(nowMs: Ms): string[] {
    const due: string[] = [];
    for (const [ticker, watched] of this.#watched) {
      if (watched.nextMs === null || watched.nextMs > nowMs) continue;
      due.push(ticker);
      const regular = regularTime(watched.closeMs, nowMs);
      const poked = nextTime(watched.pokedMs, POKE_S, nowMs);
      watched.nextMs =
        regular === null || poked === null ? (regular ?? poked) : Math.min(regular, poked);
    }
    return due;
  }
}

function regularTime(closeMs: Ms, nowMs: Ms): Ms | null {
  const soon = nextTime(closeMs, POLL_S, nowMs);
  if (soon !== null) return soon;
  const times = Math.floor((nowMs - closeMs) / SLOW_MS) + 1;
  return times > SLOW_TIMES ? null : closeMs + times * SLOW_MS;
}

function nextTime(baseMs: Ms | null, offsetsS: readonly number[], nowMs: Ms): Ms | null {
  if (baseMs === null) return null;
  const seconds = offsetsS.find((s) => baseMs + s * 1000 > nowMs);
  return seconds === undefined ? null : baseMs + seconds * 1000;
}
