import type {
  Happening,
  World,
  WorldBook,
  WorldCandle,
  WorldFloor,
  WorldMarket,
  WorldSeries,
  WorldSpot,
  WorldTrade,
} from "../../src/exchange/world.ts";

/** 2026-08-17T04:50:00Z, ten minutes before the close of `TICKER`. */
export const START_MS = 1_786_942_200_000;
export const TICKER = "KXBTC15M-26AUG170100-00";
export const OTHER_TICKER = "KXBTC15M-26AUG170115-15";

export interface TinyStep {
  readonly atMs: number;
  readonly happening: Happening;
  /** Changes the world's state right before the happening is told. */
  readonly apply?: (world: TinyWorld) => void;
}

export interface TinyOptions {
  readonly steps?: readonly TinyStep[];
  /** Channel ids of a recording; makes the world a replay that waits for its listeners. */
  readonly recordedSids?: ReadonlyMap<string, number>;
}

/** A 15-minute market that closes at 05:00Z, active, strike $63,441.03. */
export function tinyMarket(overrides: Partial<WorldMarket> = {}): WorldMarket {
  return {
    ticker: TICKER,
    marketId: "76e7c407-8b6d-4628-a8eb-cfdfd2721ef2",
    eventTicker: "KXBTC15M-26AUG170100",
    seriesTicker: "KXBTC15M",
    title: "BTC price up in next 15 mins?",
    strikeType: "greater_or_equal",
    roundDigits: 2,
    createdMs: START_MS - 600_000,
    openMs: START_MS - 300_000,
    closeMs: START_MS + 600_000,
    settlementTimerS: 1,
    structure: "tapered_deci_cent",
    ranges: [
      { startCc: 0, endCc: 1000, stepCc: 10 },
      { startCc: 1000, endCc: 9000, stepCc: 100 },
      { startCc: 9000, endCc: 10_000, stepCc: 10 },
    ],
    exchangeIndex: 2,
    status: "active",
    floorUsd: 63_441.03,
    capUsd: null,
    result: "",
    payoutCc: null,
    expirationValue: "",
    settledMs: null,
    lastCc: 9530,
    volumeCq: 5_425_246,
    openInterestCq: 4_554_522,
    ...overrides,
  };
}

/** A hand-written world: what is put into its maps is there, and its steps happen at their times. */
export class TinyWorld implements World {
  readonly startMs: number = START_MS;
  readonly marketMap = new Map<string, WorldMarket>();
  readonly bookMap = new Map<string, WorldBook>();
  readonly floorMap = new Map<string, WorldFloor>();
  readonly tradeMap = new Map<string, WorldTrade[]>();
  readonly spotMap = new Map<string, WorldSpot>();
  readonly candleMap = new Map<string, WorldCandle[]>();
  readonly #steps: readonly TinyStep[];
  readonly #recordedSids: ReadonlyMap<string, number> | undefined;
  #cursor = 0;
  #nowMs = START_MS;

  constructor(options: TinyOptions = {}) {
    this.#steps = options.steps ?? [];
    this.#recordedSids = options.recordedSids;
    this.addMarket(tinyMarket(), {
      yes: [
        [9400, 50_000],
        [9520, 31_000],
      ],
      no: [
        [10, 62_600],
        [470, 12_055],
      ],
    });
    this.addMarket(
      tinyMarket({
        ticker: OTHER_TICKER,
        marketId: "11111111-8b6d-4628-a8eb-cfdfd2721ef2",
        eventTicker: "KXBTC15M-26AUG170115",
        openMs: START_MS + 600_000,
        closeMs: START_MS + 1_500_000,
        status: "initialized",
        floorUsd: null,
        lastCc: null,
        volumeCq: 0,
        openInterestCq: 0,
      }),
      { yes: [], no: [] },
    );
    this.spotMap.set("BTC-USD", {
      product: "BTC-USD",
      price: 64_281.7,
      bid: 64_281.7,
      ask: 64_281.71,
      bidSize: 0.215_588_49,
      askSize: 0.022_870_45,
    });
  }

  addMarket(market: WorldMarket, book: WorldBook): void {
    this.marketMap.set(market.ticker, market);
    this.bookMap.set(market.ticker, book);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  nextMs(): number | null {
    return this.#steps[this.#cursor]?.atMs ?? null;
  }

  runUntil(ms: number, emit: (happening: Happening) => void): void {
    for (;;) {
      const step = this.#steps[this.#cursor];
      if (step === undefined || step.atMs > ms) break;
      this.#cursor++;
      this.#nowMs = Math.max(this.#nowMs, step.atMs);
      step.apply?.(this);
      emit(step.happening);
    }
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  get ended(): boolean {
    return this.#recordedSids !== undefined && this.#cursor >= this.#steps.length;
  }

  series(): readonly WorldSeries[] {
    return [
      {
        ticker: "KXBTC15M",
        title: "BTC price up in next 15 mins?",
        frequency: "fifteen_min",
        feeType: "quadratic",
        feeMultiplier: 1,
        indexId: "BRTI",
      },
    ];
  }

  markets(): readonly WorldMarket[] {
    return [...this.marketMap.values()];
  }

  market(ticker: string): WorldMarket | undefined {
    return this.marketMap.get(ticker);
  }

  book(ticker: string): WorldBook | undefined {
    return this.bookMap.get(ticker);
  }

  trades(ticker: string): readonly WorldTrade[] {
    return this.tradeMap.get(ticker) ?? [];
  }

  floor(ticker: string): WorldFloor | undefined {
    return this.floorMap.get(ticker);
  }

  products(): readonly string[] {
    return [...this.spotMap.keys()];
  }

  spot(product: string): WorldSpot | undefined {
    return this.spotMap.get(product);
  }

  candles(product: string, fromS: number, toS: number, granularityS: number): WorldCandle[] {
    if (granularityS !== 60) return [];
    const candles = this.candleMap.get(product) ?? [];
    return candles.filter((candle) => candle.startS >= fromS && candle.startS < toS);
  }

  indexIds(): readonly string[] {
    return ["BRTI"];
  }

  recordedSid(channel: string): number | undefined {
    return this.#recordedSids?.get(channel);
  }

  awaits(): { readonly channel: string; readonly ticker: string } | null {
    if (this.#recordedSids === undefined) return null;
    const next = this.#steps[this.#cursor]?.happening;
    return next?.type === "frame" ? { channel: next.channel, ticker: next.ticker } : null;
  }
}

/** A change of one level of `TICKER`'s YES bids, `afterMs` into the world. */
export function deltaAt(afterMs: number, ticker = TICKER): TinyStep {
  const atMs = START_MS + afterMs;
  return {
    atMs,
    happening: { type: "delta", ticker, side: "no", priceCc: 470, deltaCq: -5400, atMs },
  };
}
