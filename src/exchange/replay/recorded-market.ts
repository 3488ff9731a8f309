import {
  createdMsg,
  determinedMsg,
  seriesOf,
  settledMsg,
  strikeMsg,
  TAPERED_RANGES,
} from "../scenario/catalog.ts";
import { roundTo } from "../scenario/number.ts";
import type { Happening, WorldMarket } from "../world.ts";
import { utcDayMs } from "./iso-time.ts";
import type { MarketLine } from "./read-capture.ts";

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const SETTLEMENT_TIMER_MS = 1000;
/** Crypto moved to its own shard at 12:00 ET of this day. */
const SHARD_MOVE_MS = utcDayMs(2026, 8, 24) + 16 * 3_600_000;

/** Coins whose strikes are rounded to cents; those of SOL and smaller ones go to four digits (kalshi.md §4.3). */
const TWO_DIGITS = /^KX(BTC|ETH)/;

type Emit = (happening: Happening) => void;

/** The markets a recording watched, known from the moment it began to watch them. */
export class RecordedMarkets {
  readonly #markets = new Map<string, WorldMarket>();
  readonly #marketIds: ReadonlyMap<string, string>;
  #list: readonly WorldMarket[] = [];
  #pending: { readonly market: WorldMarket; readonly atMs: number }[] = [];

  constructor(marketIds: ReadonlyMap<string, string>) {
    this.#marketIds = marketIds;
  }

  list(): readonly WorldMarket[] {
    return this.#list;
  }

  get(ticker: string): WorldMarket | undefined {
    return this.#markets.get(ticker);
  }

  nextSettledMs(): number | null {
    return this.#pending[0]?.atMs ?? null;
  }

  /** Adds or completes a market without telling anybody. */
  register(line: MarketLine): WorldMarket {
    const known = this.#markets.get(line.ticker);
    if (known !== undefined) {
      known.floorUsd ??= line.strike;
      return known;
    }
    const market = toMarket(line, this.#marketIds.get(line.ticker) ?? line.ticker);
    this.#markets.set(line.ticker, market);
    this.#list = [...this.#list, market];
    return market;
  }

  /** Announces a market, and the result of the one whose settlement value is this market's strike. */
  announce(line: MarketLine, isRepeated: boolean, emit: Emit): void {
    const atMs = Math.floor(line.recvMs);
    const market = this.register(line);
    this.#determineBefore(market, atMs, emit);
    if (!isRepeated) emit({ type: "lifecycle", msg: createdMsg(market), atMs });
    if (market.floorUsd !== null && (!isRepeated || line.strike !== null)) {
      emit({ type: "lifecycle", msg: strikeMsg(market), atMs });
    }
  }

  // The strike of the next market IS this market's expiration value (kalshi.md §0.6), so a recording that goes on long
  // enough carries its own settlement; one that stops before settles nothing.
  #determineBefore(next: WorldMarket, atMs: number, emit: Emit): void {
    if (next.floorUsd === null) return;
    for (const market of this.#list) {
      const isPrevious =
        market.seriesTicker === next.seriesTicker && market.closeMs === next.openMs;
      if (!isPrevious || market.result !== "" || market.floorUsd === null) continue;
      const digits = market.roundDigits;
      const value = roundTo(next.floorUsd, digits);
      market.result = value >= roundTo(market.floorUsd, digits) ? "yes" : "no";
      market.expirationValue = value.toFixed(digits);
      market.status = "determined";
      this.#pending.push({ market, atMs: atMs + SETTLEMENT_TIMER_MS });
      emit({ type: "lifecycle", msg: determinedMsg(market, atMs), atMs });
    }
  }

  settleFirst(emit: Emit): void {
    const first = this.#pending.shift();
    if (first === undefined) return;
    const { market, atMs } = first;
    market.status = "finalized";
    market.settledMs = atMs;
    emit({ type: "lifecycle", msg: settledMsg(market, atMs), atMs });
  }

  /** Opens and closes by the clock, as the exchange does without any message. */
  refresh(nowMs: number): void {
    for (const market of this.#list) {
      if (market.result !== "") continue;
      if (nowMs >= market.closeMs) market.status = "closed";
      else market.status = nowMs >= market.openMs ? "active" : "initialized";
    }
  }
}

function toMarket(line: MarketLine, marketId: string): WorldMarket {
  const { ticker, closeMs } = line;
  const cut = ticker.lastIndexOf("-");
  const seriesTicker = ticker.split("-", 1)[0] ?? ticker;
  return {
    ticker,
    marketId,
    eventTicker: cut > 0 ? ticker.slice(0, cut) : ticker,
    seriesTicker,
    title: seriesOf(seriesTicker).title,
    strikeType: "greater_or_equal",
    roundDigits: TWO_DIGITS.test(seriesTicker) ? 2 : 4,
    // The recording does not say; 15-minute markets are created about a day ahead (kalshi.md §4.1).
    createdMs: closeMs - DAY_MS,
    openMs: closeMs - QUARTER_MS,
    closeMs,
    settlementTimerS: SETTLEMENT_TIMER_MS / 1000,
    structure: "tapered_deci_cent",
    ranges: TAPERED_RANGES,
    exchangeIndex: closeMs < SHARD_MOVE_MS ? 0 : 2,
    status: "initialized",
    floorUsd: line.strike,
    capUsd: null,
    result: "",
    payoutCc: null,
    expirationValue: "",
    settledMs: null,
    lastCc: null,
    volumeCq: 0,
    openInterestCq: 0,
  };
}
