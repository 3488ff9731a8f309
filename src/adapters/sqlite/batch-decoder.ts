import { internalized } from "../../core/internalized.ts";
import { type Batch, type EvaluationRow, type EventRow, emptyBatch } from "./batch.ts";
import { CODE, type EncodedBatch, NULL } from "./batch-layout.ts";

/** The batch as it was handed in. */
export function decodeBatch(encoded: EncodedBatch): Batch {
  return new BatchDecoder(encoded).toBatch();
}

class BatchDecoder {
  readonly #encoded: EncodedBatch;
  /** Of those texts that are tickers: ids are looked up by them, row after row. */
  readonly #tickers: (string | undefined)[] = [];
  #at = 0;
  #object = 0;

  constructor(encoded: EncodedBatch) {
    this.#encoded = encoded;
  }

  toBatch(): Batch {
    const batch = emptyBatch();
    while (this.#at < this.#encoded.length) {
      const code = this.#number();
      if (code === CODE.evaluation) {
        batch.opportunities.push(this.#evaluation());
        continue;
      }
      batch.feeds.push(this.#maybeText());
      batch.events.push(this.#event(code));
    }
    return batch;
  }

  #event(code: number): EventRow {
    switch (code) {
      case CODE.delta:
        return this.#delta();
      case CODE.ticker:
        return this.#ticker();
      case CODE.trade:
        return this.#trade();
      case CODE.spot:
        return this.#spot();
      case CODE.depth:
        return this.#depth();
      case CODE.wake:
        return { type: "wake", recvMs: this.#number() };
      default:
        return this.#nextObject();
    }
  }

  /** Nearly all there are: without a place to be kept for each number. */
  #delta(): EventRow {
    const ticker = this.#tickerText();
    const { numbers } = this.#encoded;
    const at = this.#at;
    this.#at = at + 7;
    const exchangeMs = numbers[at + 5] ?? NULL;
    return {
      type: "delta",
      ticker,
      sid: numbers[at] ?? NULL,
      seq: numbers[at + 1] ?? NULL,
      side: numbers[at + 2] === 1 ? "yes" : "no",
      price: numbers[at + 3] ?? NULL,
      delta: numbers[at + 4] ?? NULL,
      exchangeMs: Number.isNaN(exchangeMs) ? null : exchangeMs,
      recvMs: numbers[at + 6] ?? NULL,
    };
  }

  #ticker(): EventRow {
    return {
      type: "ticker",
      ticker: this.#tickerText(),
      sid: this.#number(),
      yesBid: this.#number(),
      yesAsk: this.#number(),
      last: this.#maybe(),
      yesBidQty: this.#maybe(),
      yesAskQty: this.#maybe(),
      volume: this.#maybe(),
      openInterest: this.#maybe(),
      exchangeMs: this.#maybe(),
      recvMs: this.#number(),
    };
  }

  #trade(): EventRow {
    return {
      type: "trade",
      ticker: this.#tickerText(),
      tradeId: this.#text(),
      yesPrice: this.#number(),
      qty: this.#number(),
      takerSide: this.#number() === 1 ? "yes" : "no",
      exchangeMs: this.#maybe(),
      recvMs: this.#number(),
    };
  }

  #spot(): EventRow {
    return {
      type: "spot",
      source: this.#text(),
      product: this.#text(),
      kind: this.#number() === 1 ? "quote" : "trade",
      priceUsd: this.#number(),
      bidUsd: this.#maybe(),
      askUsd: this.#maybe(),
      size: this.#maybe(),
      tradeId: this.#maybeText(),
      exchangeMs: this.#maybe(),
      recvMs: this.#number(),
    };
  }

  #depth(): EventRow {
    return {
      type: "depth",
      source: this.#text(),
      product: this.#text(),
      kind: this.#number() === 1 ? "snapshot" : "update",
      exchangeMs: this.#maybe(),
      recvMs: this.#number(),
      bids: this.#levels(),
      asks: this.#levels(),
    };
  }

  #levels(): (readonly [number, number])[] {
    const levels: (readonly [number, number])[] = [];
    for (let left = this.#number(); left > 0; left--) levels.push([this.#number(), this.#number()]);
    return levels;
  }

  #evaluation(): EvaluationRow {
    return {
      opportunityId: this.#number(),
      strategy: this.#text(),
      ticker: this.#tickerText(),
      side: this.#side(),
      decision: this.#number() === 1 ? "trade" : "no_trade",
      reason: this.#text(),
      failed: this.#text(),
      atMs: this.#number(),
      tauS: this.#number(),
      spotUsd: this.#maybe(),
      sigma: this.#maybe(),
      pModel: this.#maybe(),
      pLow: this.#maybe(),
      pHigh: this.#maybe(),
      pMarket: this.#maybe(),
      pStrategy: this.#maybe(),
      yesBid: this.#maybe(),
      yesAsk: this.#maybe(),
      yesBidQty: this.#maybe(),
      yesAskQty: this.#maybe(),
      cost: this.#maybe(),
      ev: this.#maybe(),
      model: this.#maybeText(),
      basisMean: this.#maybe(),
      basisSd: this.#maybe(),
      knownCount: this.#number(),
      knownSumUsd: this.#maybe(),
      knownSource: this.#printSource(),
      referenceCount: this.#maybe(),
      referenceSumUsd: this.#maybe(),
      referenceSource: this.#printSource(),
      spotAgeMs: this.#maybe(),
      bookAgeMs: this.#maybe(),
    };
  }

  #side(): "yes" | "no" | null {
    const side = this.#maybeText();
    return side === "yes" || side === "no" ? side : null;
  }

  #printSource(): "index" | "proxy" | null {
    const source = this.#maybeText();
    return source === "index" || source === "proxy" ? source : null;
  }

  #number(): number {
    return this.#encoded.numbers[this.#at++] ?? Number.NaN;
  }

  #maybe(): number | null {
    const value = this.#number();
    return Number.isNaN(value) ? null : value;
  }

  #text(): string {
    return this.#encoded.texts[this.#number()] ?? "";
  }

  #tickerText(): string {
    const at = this.#number();
    let ticker = this.#tickers[at];
    if (ticker === undefined) {
      ticker = internalized(this.#encoded.texts[at] ?? "");
      this.#tickers[at] = ticker;
    }
    return ticker;
  }

  #maybeText(): string | null {
    const at = this.#number();
    return Number.isNaN(at) ? null : (this.#encoded.texts[at] ?? "");
  }

  #nextObject(): EventRow {
    const object = this.#encoded.objects[this.#object++];
    if (object === undefined) throw new Error("a batch of the writer thread breaks off");
    return object;
  }
}
