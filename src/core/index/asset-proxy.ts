import type { IndexTick, SpotDepth, SpotTick } from "../events.ts";
import { LagFloor } from "../lag.ts";
import type { Ms, Usd } from "../units.ts";
import { deviationOf, type IndexMethod, readIndex } from "./methodology.ts";
import { OffsetTracker } from "./offset.ts";
import { VenueBook } from "./venue-book.ts";
import {
  freshPrices,
  medianOf,
  Quarantine,
  VENUE_QUORUM,
  type VenuePrice,
} from "./venue-quality.ts";

export type ProxyFacts = NonNullable<IndexTick["proxy"]>;

export interface ProxyValue {
  readonly valueUsd: Usd;
  readonly facts: ProxyFacts;
}

interface Venue {
  readonly book: VenueBook;
  /** What comes over a slow link is old when it arrives, however steadily it arrives (reliability.md W4). */
  readonly lag: LagFloor;
  /** Null where the newest quote had one side, or its sides crossed. */
  quoteUsd: Usd | null;
  quoteMs: Ms;
}

interface Candidate extends VenuePrice {
  /** Null where the price is from a quote. */
  readonly book: VenueBook | null;
}

/** What the venues of one underlying add up to. */
export class AssetProxy {
  readonly #method: IndexMethod;
  readonly #quarantine: Quarantine;
  readonly #venues = new Map<string, Venue>();
  /** Depth and mids stand in different places, so each has an offset of its own. */
  readonly #offsets = { books: new OffsetTracker(), mids: new OffsetTracker() };

  constructor(method: IndexMethod) {
    this.#method = method;
    this.#quarantine = new Quarantine(method.deviationMax);
  }

  onQuote(tick: SpotTick): void {
    const venue = this.#venue(tick.source);
    venue.quoteUsd = midOf(tick);
    venue.quoteMs = timeOf(tick, venue.lag);
  }

  onDepth(depth: SpotDepth): void {
    const { book, lag } = this.#venue(depth.source);
    book.apply(depth, timeOf(depth, lag));
  }

  /** Part of a venue's book was missed. */
  onHole(source: string): void {
    this.#venues.get(source)?.book.invalidate();
  }

  /** A venue fell silent: nothing that it said counts until it says it again. */
  onOutage(source: string): void {
    const venue = this.#venues.get(source);
    if (venue === undefined) return;
    venue.book.invalidate();
    venue.quoteUsd = null;
    venue.quoteMs = Number.NEGATIVE_INFINITY;
  }

  /** The true index averaged to this over the minute that ends at `endMs`. */
  learn(averageUsd: Usd, endMs: Ms): void {
    this.#offsets.books.learn(averageUsd, endMs);
    this.#offsets.mids.learn(averageUsd, endMs);
  }

  /** The value at a whole second; null when no venue can be trusted. Called for each second, whether it is used or not. */
  onSecond(atMs: Ms): ProxyValue | null {
    const admitted = this.#quarantine.admit(freshPrices(this.#candidates(atMs)));
    if (admitted.length === 0) return null;
    const byMids = medianOf(admitted.map(({ midUsd }) => midUsd));
    this.#offsets.mids.note(atMs, byMids);
    return this.#fromBooks(admitted, atMs) ?? this.#corrected("mids", byMids, admitted, atMs);
  }

  #fromBooks(admitted: readonly Candidate[], atMs: Ms): ProxyValue | null {
    const whole = admitted.filter(({ book }) => book !== null);
    if (whole.length < VENUE_QUORUM) return null;
    const books = whole.flatMap(({ book }) => (book === null ? [] : [book]));
    const reading = readIndex(books, this.#method);
    if (reading === null) return null;
    this.#offsets.books.note(atMs, reading.valueUsd);
    return this.#corrected("books", reading.valueUsd, whole, atMs);
  }

  #corrected(
    method: ProxyFacts["method"],
    rawUsd: Usd,
    prices: readonly VenuePrice[],
    atMs: Ms,
  ): ProxyValue {
    const facts = {
      method,
      venues: prices.length,
      maxAgeMs: Math.max(...prices.map(({ ageMs }) => ageMs)),
      dispersionBp: dispersionBp(prices),
    };
    return { valueUsd: rawUsd * this.#offsets[method].factor(atMs), facts };
  }

  /** One price a venue: of its book where it has one, else of its quote. */
  #candidates(nowMs: Ms): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [source, { book, quoteMs, quoteUsd }] of this.#venues) {
      const hasBook = book.isWhole && book.atMs >= quoteMs - BOOK_LAG_MS;
      const midUsd = hasBook ? book.midUsd() : quoteUsd;
      if (midUsd === null) continue;
      const ageMs = Math.max(0, nowMs - (hasBook ? book.atMs : quoteMs));
      candidates.push({ source, midUsd, ageMs, book: hasBook ? book : null });
    }
    return candidates;
  }

  #venue(source: string): Venue {
    const known = this.#venues.get(source);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const venue = { book: new VenueBook(), lag: new LagFloor(), quoteUsd: null, quoteMs: never };
    this.#venues.set(source, venue);
    return venue;
  }
}

/** A book that is this far behind the quotes of its venue has stopped. */
const BOOK_LAG_MS = 5_000;

function timeOf({ exchangeMs, recvMs }: SpotTick | SpotDepth, lag: LagFloor): Ms {
  return recvMs - lag.late(exchangeMs, recvMs);
}

/** A quote that tells neither side is its last price; one that tells a single side is none. */
function midOf({ bidUsd, askUsd, priceUsd }: SpotTick): Usd | null {
  if (bidUsd === null && askUsd === null) return priceUsd;
  if (bidUsd === null || askUsd === null || bidUsd > askUsd) return null;
  return (bidUsd + askUsd) / 2;
}

/** Standard deviation of the mids in basis points of their median. */
function dispersionBp(prices: readonly VenuePrice[]): number {
  const mids = prices.map(({ midUsd }) => midUsd).toSorted((a, b) => a - b);
  return (deviationOf(mids) / medianOf(mids)) * 10_000;
}
