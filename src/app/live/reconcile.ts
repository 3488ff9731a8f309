import type { LatchCause } from "../../core/live/breakers.ts";
import type { Market } from "../../core/market.ts";
import type { Position } from "../../core/portfolio.ts";
import type { Ms, Qty } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderReads } from "../../ports-trading.ts";
import type { LiveVenue } from "./venue.ts";

export interface ReconcileParts {
  readonly venue: Pick<LiveVenue, "tracker">;
  readonly reads: OrderReads;
  readonly clock: Clock;
  readonly positions: () => Iterable<Pick<Position, "ticker" | "qty">>;
  readonly market: (ticker: string) => Market | undefined;
  readonly isExclusive: (ticker: string) => boolean;
  /** A market that is not known counts as open; else what others hold in one is not looked at. */
  readonly isStrict: boolean;
  /** Shard whose cash is compared, and what this run has spent of it by its own ledger, micro-dollars. */
  readonly cash: {
    readonly exchangeIndex: number;
    readonly spent: () => Spent;
    /** Something is settled here that the exchange pays only when its result is final. */
    readonly isProvisional: () => boolean;
    /** Told of a balance that is believed, and of what had been spent by then. */
    readonly seen: (theirs: number, cost: number) => void;
  } | null;
}

/** Cash that left the account by the run's own ledger, and the legs that each may be rounded by the exchange. */
export interface Spent {
  readonly cost: number;
  readonly fills: number;
  readonly settlements: number;
}

/** One thing in which the exchange and the journal differ. */
export interface Difference {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
}

/** Differences of a moment are reads that lag; one that stays through so many looks is real (reliability.md R16). */
const LOOKS = 3;
/** A fill may change cash by less than this by rounding, a settlement by a cent (kalshi.md §4.3, §5). */
const FILL_ROUNDING_UD = 100;
const SETTLEMENT_ROUNDING_UD = 10_000;
/** Around a close both sides change, each at its own time. */
const CLOSE_MS = 5_000;

/** Compares what we think we hold with what the exchange says, and the cash; the third witness is the journal of orders. */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #looks = new Map<string, number>();
  #cashStart: number | null = null;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
  }

  /** Something differed at the last look. */
  get isDiffering(): boolean {
    return this.#looks.size > 0;
  }

  /** One look; the cause of a latch when a difference has stayed. Rejects when it could not look. */
  async look(signal: AbortSignal): Promise<LatchCause | null> {
    const differences = await this.compare(signal);
    if (differences === null) return null;
    const names = new Set(differences.map(({ what }) => what));
    for (const name of this.#looks.keys()) if (!names.has(name)) this.#looks.delete(name);
    for (const difference of differences) {
      const { ours, theirs, what } = difference;
      const looks = (this.#looks.get(what) ?? 0) + 1;
      this.#looks.set(what, looks);
      if (looks < LOOKS) continue;
      return { kind: "drift", value: theirs, limitValue: ours, reason: wordsOf(difference) };
    }
    return null;
  }

  /** Where they differ now; null when the reads were not whole, or something happened meanwhile. */
  async compare(signal: AbortSignal): Promise<readonly Difference[] | null> {
    const { reads } = this.#parts;
    const before = this.#state();
    const asOfMs = await reads.asOfMs(signal);
    const { complete, items } = await reads.positions(signal);
    const cash = await this.#readCash(signal);
    const after = this.#state();
    if (!complete || before.fills !== after.fills || asOfMs <= after.changedMs) return null;
    const theirs = new Map(items.map(({ qty, ticker }) => [ticker, qty]));
    return [
      ...this.#positions(theirs, new Set([...before.open, ...after.open])),
      ...this.#cash(cash),
    ];
  }

  /** What must not change while the exchange is read. */
  #state(): { readonly fills: number; readonly open: readonly string[]; readonly changedMs: Ms } {
    const { tracker } = this.#parts.venue;
    const open = tracker.open().map(({ order }) => order.ticker);
    return { fills: tracker.fills, open, changedMs: tracker.changedMs };
  }

  #positions(theirs: ReadonlyMap<string, Qty>, busy: ReadonlySet<string>): readonly Difference[] {
    const ours = new Map([...this.#parts.positions()].map(({ qty, ticker }) => [ticker, qty]));
    return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((ticker) => {
      if (busy.has(ticker) || !this.#isLookedAt(ticker, ours.has(ticker))) return [];
      const difference = {
        what: `position ${ticker}`,
        ours: ours.get(ticker) ?? 0,
        theirs: theirs.get(ticker) ?? 0,
      };
      return difference.ours === difference.theirs ? [] : [difference];
    });
  }

  /** A market that trades, and in which what is held is ours to explain. */
  #isLookedAt(ticker: string, isOurs: boolean): boolean {
    const { clock, isExclusive, isStrict, market } = this.#parts;
    const found = market(ticker);
    const closeMs = found?.closeMs ?? Number.POSITIVE_INFINITY;
    if (clock.nowMs() > closeMs - CLOSE_MS) return false;
    // What others do elsewhere on the account is none of our business.
    return isOurs || (isExclusive(ticker) && (isStrict || found !== undefined));
  }

  /** The cash, while no order holds some of it back and no closed market owes any; else null. */
  async #readCash(signal: AbortSignal): Promise<CashRead | null> {
    const { cash, clock, market, positions, reads, venue } = this.#parts;
    if (cash === null || venue.tracker.open().length > 0) return null;
    const nowMs = clock.nowMs();
    const isOwed = [...positions()].some(({ ticker }) => {
      return nowMs > (market(ticker)?.closeMs ?? 0) - CLOSE_MS;
    });
    if (isOwed || cash.isProvisional()) return null;
    const before = cash.spent();
    const theirs = await reads.balance(cash.exchangeIndex, signal);
    const { cost, fills, settlements } = cash.spent();
    if (cost !== before.cost || venue.tracker.open().length > 0) return null;
    const tolerance = fills * FILL_ROUNDING_UD + settlements * SETTLEMENT_ROUNDING_UD;
    return { theirs, cost, tolerance };
  }

  /** Called for whole looks only: a balance that still lacks what an order held back is no beginning to count from. */
  #cash(read: CashRead | null): readonly Difference[] {
    if (read === null) return [];
    const { cost, theirs, tolerance } = read;
    this.#parts.cash?.seen(theirs, cost);
    this.#cashStart ??= theirs + cost;
    const ours = this.#cashStart - cost;
    return Math.abs(theirs - ours) <= tolerance ? [] : [{ what: "cash", ours, theirs }];
  }
}

interface CashRead {
  readonly theirs: number;
  readonly cost: number;
  readonly tolerance: number;
}

export function wordsOf({ ours, theirs, what }: Difference): string {
  return `${what}: the journal says ${ours}, the exchange ${theirs}`;
}
