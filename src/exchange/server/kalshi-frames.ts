// Texts of the market-data messages (kalshi.md §3.4–3.7). They are built with templates, and a message's body once per
// happening whatever the number of connections: a busy 15-minute market sends 700 deltas in its worst seconds.

import type { OrderState } from "../trading/types.ts";
import type { Happening, WorldBook, WorldMarket, WorldTrade } from "../world.ts";
import { countText, dollarText } from "./number-text.ts";
import { microText } from "./time-text.ts";
import { isRecord, parseRecord } from "./types.ts";

type Delta = Extract<Happening, { type: "delta" }>;
type Levels = WorldBook["yes"];

const ONE_CC = 10_000;

export interface DeltaView {
  readonly marketId: string;
  /** The NO side is priced on the YES leg. */
  readonly usesYesPrice: boolean;
  /** The reader's own order that caused the change. */
  readonly order: OrderState | undefined;
}

/** Body of a delta. Only the owner of the order behind it is told which one it was. */
export function deltaBody(delta: Delta, view: DeltaView): string {
  const { ticker, side, priceCc, deltaCq, atMs } = delta;
  const { marketId, usesYesPrice, order } = view;
  const shownCc = usesYesPrice && side === "no" ? ONE_CC - priceCc : priceCc;
  const own = order === undefined ? "" : ownText(order);
  return `{"market_ticker":"${ticker}","market_id":"${marketId}","price_dollars":"${dollarText(shownCc)}","delta_fp":"${countText(deltaCq)}","side":"${side}"${own},"ts":"${microText(atMs)}","ts_ms":${atMs}}`;
}

function ownText({ clientOrderId, subaccount }: OrderState): string {
  const named = clientOrderId === null ? "" : `,"client_order_id":${JSON.stringify(clientOrderId)}`;
  return `${named},"subaccount":${subaccount}`;
}

/** Body of a snapshot. An empty side is left out altogether, which is how a closed market says that it is empty. */
export function snapshotBody(market: WorldMarket, book: WorldBook, usesYesPrice: boolean): string {
  const yes = levelsText(book.yes, false);
  const no = levelsText(book.no, usesYesPrice);
  const yesField = yes === "" ? "" : `,"yes_dollars_fp":[${yes}]`;
  const noField = no === "" ? "" : `,"no_dollars_fp":[${no}]`;
  return `{"market_ticker":"${market.ticker}","market_id":"${market.marketId}"${yesField}${noField}}`;
}

function levelsText(levels: Levels, isFlipped: boolean): string {
  return levels
    .map(([cc, cq]) => `["${dollarText(isFlipped ? ONE_CC - cc : cc)}","${countText(cq)}"]`)
    .join(",");
}

export interface Touch {
  readonly yesBidCc: number;
  readonly yesBidCq: number;
  readonly yesAskCc: number;
  readonly yesAskCq: number;
}

/** Best YES prices with sizes; an empty side is a bid of 0 or an ask of $1 of size 0. */
export function touchOf(book: WorldBook | undefined): Touch {
  const [yesBidCc, yesBidCq] = book?.yes.at(-1) ?? [0, 0];
  const [noBidCc, noBidCq] = book?.no.at(-1) ?? [0, 0];
  return { yesBidCc, yesBidCq, yesAskCc: ONE_CC - noBidCc, yesAskCq: noBidCq };
}

export interface TickerState {
  readonly market: WorldMarket;
  readonly book: WorldBook | undefined;
  readonly lastTrade: WorldTrade | undefined;
  readonly atMs: number;
}

/** Body of the coalesced ticker. `dollar_*` are whole dollars of half the count, as captured. */
export function tickerBody(state: TickerState): string {
  const { market, atMs } = state;
  const touch = touchOf(state.book);
  return `{"market_ticker":"${market.ticker}","market_id":"${market.marketId}","price_dollars":"${dollarText(market.lastCc ?? 0)}","yes_bid_dollars":"${dollarText(touch.yesBidCc)}","yes_ask_dollars":"${dollarText(touch.yesAskCc)}","yes_bid_size_fp":"${countText(touch.yesBidCq)}","yes_ask_size_fp":"${countText(touch.yesAskCq)}","last_trade_size_fp":"${countText(state.lastTrade?.countCq ?? 0)}","volume_fp":"${countText(market.volumeCq)}","open_interest_fp":"${countText(market.openInterestCq)}","dollar_volume":${halfDollars(market.volumeCq)},"dollar_open_interest":${halfDollars(market.openInterestCq)},"ts":${Math.floor(atMs / 1000)},"ts_ms":${atMs},"time":"${microText(atMs)}"}`;
}

function halfDollars(cq: number): number {
  return Math.floor(cq / 200);
}

/** Body of a public trade. */
export function tradeBody(trade: WorldTrade): string {
  const { yesPriceCc, takerSide, atMs } = trade;
  const bookSide = takerSide === "yes" ? "bid" : "ask";
  return `{"trade_id":"${trade.tradeId}","market_ticker":"${trade.ticker}","yes_price_dollars":"${dollarText(yesPriceCc)}","no_price_dollars":"${dollarText(ONE_CC - yesPriceCc)}","count_fp":"${countText(trade.countCq)}","taker_side":"${takerSide}","taker_outcome_side":"${takerSide}","taker_book_side":"${bookSide}","is_block_trade":false,"ts":${Math.floor(atMs / 1000)},"ts_ms":${atMs}}`;
}

/** Message type of a lifecycle body: the channel carries three. */
export function lifecycleType(msg: Readonly<Record<string, unknown>>): string {
  if ("event_type" in msg) return "market_lifecycle_v2";
  return "series_ticker" in msg ? "event_lifecycle" : "event_fee_update";
}

/** Message type of a recorded frame: the order book's channel has two. */
export function frameType(text: string, channel: string): string {
  return /"type"\s*:\s*"(\w+)"/.exec(text)?.[1] ?? channel;
}

/** The recorded text with other numbers in its envelope, which comes before the body and cannot occur in it. */
export function renumbered(text: string, sid: number, seq: number | null): string {
  const withSid = text.replace(/"sid"\s*:\s*\d+/, `"sid":${sid}`);
  return seq === null ? withSid : withSid.replace(/"seq"\s*:\s*\d+/, `"seq":${seq}`);
}

/** A recorded order book frame for a client that asked for YES prices; recordings hold NO prices. */
export function withYesPrices(text: string): string {
  const frame = parseRecord(text);
  const msg = frame?.["msg"];
  if (!isRecord(msg)) return text;
  const flipped: Record<string, unknown> = { ...msg };
  if (msg["side"] === "no") flipped["price_dollars"] = flippedPrice(msg["price_dollars"]);
  const levels = msg["no_dollars_fp"];
  if (Array.isArray(levels)) {
    flipped["no_dollars_fp"] = levels.map((level: unknown) =>
      Array.isArray(level) ? [flippedPrice(level[0]), level[1]] : level,
    );
  }
  return `${JSON.stringify({ ...frame, msg: flipped })}\n`;
}

function flippedPrice(price: unknown): unknown {
  if (typeof price !== "string") return price;
  return dollarText(ONE_CC - Math.round(Number(price) * ONE_CC));
}
