import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import type { EventRow } from "./batch.ts";
import { CODE, type EncodedBatch, NULL, type Numbers, newNumbers } from "./batch-layout.ts";

/** Numbers of one record at most, levels of books not counted. */
const RECORD = 40;

type Hot<Type extends EventRow["type"]> = Extract<EventRow, { type: Type }>;

/**
 * Room of an array: 128 KB, a thousand changes of books and their evaluations. All that are kept are of this length: each
 * batch that needs more would leave a longer one, until all there are had the length of the longest.
 */
const NUMBERS = 16_384;
/** What a writer that is behind gives back at once is more than will be wanted. */
const SPARE_MAX = 4;

/** Arrays that batches have left, for those to come: a flush takes no memory that somebody has to collect again. */
export class SpareNumbers {
  readonly #spare: Numbers[] = [];

  /** What stands in it is whatever was there before. */
  take(): Numbers {
    return this.#spare.pop() ?? newNumbers(NUMBERS);
  }

  give(emptied: readonly Numbers[]): void {
    for (const numbers of emptied) {
      if (this.#spare.length < SPARE_MAX && numbers.length === NUMBERS) this.#spare.push(numbers);
    }
  }
}

/** Collects records of one batch. The encoder is used up by `take`. */
export class BatchEncoder {
  rows = 0;
  #numbers: Numbers;
  #at = 0;
  readonly #texts: string[] = [];
  /** Numbers of texts that repeat within a batch. */
  readonly #known = new Map<string, number>();
  readonly #objects: MarketEvent[] = [];
  #feed: string | null = null;
  #feedCode = NULL;

  /** `numbers`: where to write, larger ones are made when it is full. */
  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  /** Another record would need a longer array; whole books take one. */
  get isFull(): boolean {
    return this.#at + RECORD > NUMBERS;
  }

  // oxlint-disable-next-line complexity -- one line for each kind of event, and none of them decides anything
  event(event: MarketEvent, feed: string | null): void {
    this.#room(RECORD);
    this.rows++;
    switch (event.type) {
      case "delta":
        this.#head(CODE.delta, feed);
        this.#delta(event);
        break;
      case "ticker":
        this.#head(CODE.ticker, feed);
        this.#ticker(event);
        break;
      case "trade":
        this.#head(CODE.trade, feed);
        this.#trade(event);
        break;
      case "spot":
        this.#head(CODE.spot, feed);
        this.#spot(event);
        break;
      case "depth":
        this.#head(CODE.depth, feed);
        this.#depth(event);
        break;
      case "wake":
        this.#head(CODE.wake, feed);
        this.#put(event.recvMs);
        break;
      case "index":
      case "candle":
      case "funding":
      case "snapshot":
      case "market":
      case "fees":
      case "gap":
      case "drift":
      case "news":
      case "forecast":
      case "settlement":
      case "account":
        this.#head(CODE.object, feed);
        this.#objects.push(event);
    }
  }

  opportunity(row: Opportunity): void {
    this.#room(RECORD);
    this.rows++;
    this.#put(CODE.evaluation);
    this.#put(row.opportunityId);
    this.#text(row.strategy);
    this.#text(row.ticker);
    this.#text(row.side);
    this.#put(row.decision === "trade" ? 1 : 0);
    this.#text(row.reason);
    this.#text(row.failed);
    this.#put(row.atMs);
    this.#put(row.tauS);
    this.#maybe(row.spotUsd);
    this.#maybe(row.sigma);
    this.#maybe(row.pModel);
    this.#maybe(row.pLow);
    this.#maybe(row.pHigh);
    this.#maybe(row.pMarket);
    this.#maybe(row.pStrategy);
    this.#touch(row);
    this.#maybe(row.cost);
    this.#maybe(row.ev);
    this.#text(row.model);
    this.#maybe(row.basisMean);
    this.#maybe(row.basisSd);
    this.#put(row.knownCount);
    this.#maybe(row.knownSumUsd);
    this.#text(row.knownSource);
    this.#maybe(row.referenceCount);
    this.#maybe(row.referenceSumUsd);
    this.#text(row.referenceSource);
    this.#maybe(row.spotAgeMs);
    this.#maybe(row.bookAgeMs);
  }

  take(): EncodedBatch {
    return {
      numbers: this.#numbers,
      length: this.#at,
      texts: this.#texts,
      objects: this.#objects,
    };
  }

  /** Most of what is ever written: its numbers one after another, without a count to be kept for each. */
  #delta(e: Hot<"delta">): void {
    const text = this.#textCode(e.ticker);
    const numbers = this.#numbers;
    const at = this.#at;
    numbers[at] = text;
    numbers[at + 1] = e.sid;
    numbers[at + 2] = e.seq;
    numbers[at + 3] = e.side === "yes" ? 1 : 0;
    numbers[at + 4] = e.price;
    numbers[at + 5] = e.delta;
    numbers[at + 6] = e.exchangeMs ?? NULL;
    numbers[at + 7] = e.recvMs;
    this.#at = at + 8;
  }

  #ticker(e: Hot<"ticker">): void {
    this.#text(e.ticker);
    this.#put(e.sid);
    this.#put(e.yesBid);
    this.#put(e.yesAsk);
    this.#maybe(e.last);
    this.#maybe(e.yesBidQty);
    this.#maybe(e.yesAskQty);
    this.#maybe(e.volume);
    this.#maybe(e.openInterest);
    this.#times(e);
  }

  #trade(e: Hot<"trade">): void {
    this.#text(e.ticker);
    this.#once(e.tradeId);
    this.#put(e.yesPrice);
    this.#put(e.qty);
    this.#put(e.takerSide === "yes" ? 1 : 0);
    this.#times(e);
  }

  #spot(e: Hot<"spot">): void {
    this.#text(e.source);
    this.#text(e.product);
    this.#put(e.kind === "quote" ? 1 : 0);
    this.#put(e.priceUsd);
    this.#maybe(e.bidUsd);
    this.#maybe(e.askUsd);
    this.#maybe(e.size);
    if (e.tradeId === null) this.#put(NULL);
    else this.#once(e.tradeId);
    this.#times(e);
  }

  #depth(e: Hot<"depth">): void {
    this.#text(e.source);
    this.#text(e.product);
    this.#put(e.kind === "snapshot" ? 1 : 0);
    this.#times(e);
    this.#levels(e.bids);
    this.#levels(e.asks);
  }

  #levels(levels: Hot<"depth">["bids"]): void {
    this.#room(2 * levels.length + RECORD);
    this.#put(levels.length);
    for (const [priceUsd, size] of levels) {
      this.#put(priceUsd);
      this.#put(size);
    }
  }

  #touch(row: Opportunity): void {
    this.#maybe(row.yesBid);
    this.#maybe(row.yesAsk);
    this.#maybe(row.yesBidQty);
    this.#maybe(row.yesAskQty);
  }

  #head(code: number, feed: string | null): void {
    this.#put(code);
    // Events come in runs of one feed.
    if (feed !== this.#feed) {
      this.#feed = feed;
      this.#feedCode = feed === null ? NULL : this.#textCode(feed);
    }
    this.#put(this.#feedCode);
  }

  #times(e: { readonly exchangeMs: number | null; readonly recvMs: number }): void {
    this.#maybe(e.exchangeMs);
    this.#put(e.recvMs);
  }

  #put(value: number): void {
    this.#numbers[this.#at++] = value;
  }

  #maybe(value: number | null): void {
    this.#numbers[this.#at++] = value ?? NULL;
  }

  #text(text: string | null): void {
    this.#put(text === null ? NULL : this.#textCode(text));
  }

  #textCode(text: string): number {
    let known = this.#known.get(text);
    if (known === undefined) {
      known = this.#texts.push(text) - 1;
      this.#known.set(text, known);
    }
    return known;
  }

  #once(text: string): void {
    this.#put(this.#texts.push(text) - 1);
  }

  #room(numbers: number): void {
    if (this.#at + numbers <= this.#numbers.length) return;
    const larger = newNumbers(2 * (this.#at + numbers));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
