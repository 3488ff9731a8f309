import { formatDecimal } from "../../../core/units.ts";
import type { SpotVenue, VenueTrade } from "../../scenario/spot-venue.ts";
import { httpDateText, utcText } from "../../server/time-text.ts";
import type { FaultBox } from "../faults.ts";
import type { VenueMarkets } from "../markets.ts";
import { sizeText } from "../text.ts";
import type { SpotReply, SpotRequest } from "../types.ts";
import { vwapOf } from "./frames.ts";
import { coinOfPair, increment, namesOf } from "./pairs.ts";

const PREFIX = "/kraken/0/public/";
const CANDLES_MAX = 720;
const MINUTES: ReadonlySet<number> = new Set([1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600]);
/** Requests in a burst, and how fast the allowance comes back. */
const BURST = 15;
const PER_SECOND = 1;
/** REST prints every price with five digits, whatever the pair's precision. */
const REST_DIGITS = 5;
const DAY_S = 86_400;

type Answer = Record<string, unknown> | string;

/** Kraken's public REST: what goes wrong is said under a good status (spot-feeds.md §2.5). */
export class KrakenRest {
  readonly #markets: VenueMarkets;
  readonly #faults: FaultBox;
  #allowance = BURST;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(markets: VenueMarkets, faults: FaultBox) {
    this.#markets = markets;
    this.#faults = faults;
  }

  answer(request: SpotRequest): SpotReply {
    const { path, nowMs } = request;
    const method = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : "";
    if (this.#isTooFast(nowMs)) return reply("EGeneral:Too many requests");
    switch (method) {
      case "Time":
        return reply({ unixtime: Math.floor(nowMs / 1000), rfc1123: rfc1123Text(nowMs) });
      case "SystemStatus":
        return reply({ status: this.#faults.now.status, timestamp: utcText(nowMs) });
      case "Assets":
        return reply(this.#assets());
      case "AssetPairs":
        return reply(this.#pairs());
      case "Ticker":
      case "OHLC":
      case "Depth":
      case "Trades":
        return reply(this.#ofPair(method, request));
      default:
        return reply("EGeneral:Unknown method");
    }
  }

  #isTooFast(nowMs: number): boolean {
    const earned = (Math.max(0, nowMs - this.#askedMs) / 1000) * PER_SECOND;
    this.#allowance = Math.min(BURST, this.#allowance + earned);
    this.#askedMs = nowMs;
    if (this.#allowance < 1) return true;
    this.#allowance--;
    return false;
  }

  #ofPair(method: string, request: SpotRequest): Answer {
    const asked = request.query.get("pair") ?? "";
    if (asked === "") return "EGeneral:Invalid arguments";
    const coin = coinOfPair(asked, this.#markets.coins());
    const market = coin === undefined ? undefined : this.#markets.get(coin);
    if (market === undefined) return "EQuery:Unknown asset pair";
    const { pair } = namesOf(market.coin);
    if (method === "Ticker") return { [pair]: ticker(market, request.nowMs) };
    if (method === "Depth") return depth(market, pair, request);
    return method === "OHLC" ? candles(market, pair, request) : trades(market, pair, request);
  }

  #assets(): Answer {
    const rows = this.#markets.coins().map((coin) => {
      const { asset, altname, precision, displayPrecision } = namesOf(coin);
      return [asset, assetRow(altname, precision, displayPrecision)];
    });
    return Object.fromEntries([...rows, ["ZUSD", assetRow("USD", 4, 2)]]);
  }

  #pairs(): Answer {
    const rows = this.#markets.coins().flatMap((coin) => {
      const market = this.#markets.get(coin);
      return market === undefined ? [] : [[namesOf(coin).pair, pairRow(market)]];
    });
    return Object.fromEntries(rows);
  }
}

function reply(answer: Answer): SpotReply {
  const body = typeof answer === "string" ? { error: [answer] } : { error: [], result: answer };
  return { status: 200, body: JSON.stringify(body) };
}

/** `Fri, 25 Sep 26 09:04:31 +0000`, as `/Time` has it. */
function rfc1123Text(nowMs: number): string {
  return httpDateText(nowMs)
    .replace(/ (\d\d)(\d\d) /, " $2 ")
    .replace("GMT", "+0000");
}

function assetRow(altname: string, decimals: number, display: number) {
  return { aclass: "currency", altname, decimals, display_decimals: display, status: "enabled" };
}

function pairRow(market: SpotVenue) {
  const { coin, pair } = market;
  const { asset, altname, minimum } = namesOf(coin);
  return {
    altname: `${altname}USD`,
    wsname: `${altname}/USD`,
    aclass_base: "currency",
    base: asset,
    aclass_quote: "currency",
    quote: "ZUSD",
    lot: "unit",
    cost_decimals: 5,
    pair_decimals: pair.priceDigits,
    lot_decimals: 8,
    lot_multiplier: 1,
    leverage_buy: [],
    leverage_sell: [],
    fees: [[0, 0.4]],
    fees_maker: [[0, 0.25]],
    fee_volume_currency: "ZUSD",
    margin_call: 80,
    margin_stop: 40,
    ordermin: minimum,
    costmin: "0.5",
    tick_size: increment(pair.priceDigits, pair.tick),
    status: "online",
  };
}

function priceText(market: SpotVenue, units: number): string {
  return formatDecimal(units * 10 ** (REST_DIGITS - market.pair.priceDigits), REST_DIGITS);
}

function ticker(market: SpotVenue, nowMs: number) {
  const { book, candles: store, last } = market;
  const price = (units: number): string => priceText(market, units);
  const touch = (side: "bids" | "asks"): string[] => {
    const size = book[side].sizeAt(0) / 1e8;
    return [price(book[side].priceAt(0) ?? 0), `${Math.ceil(size)}`, size.toFixed(3)];
  };
  const day = store.day(nowMs);
  const nowS = Math.floor(nowMs / 1000);
  const [today = day] = store.read(Math.floor(nowS / DAY_S) * DAY_S, nowS, DAY_S);
  const both = (of: (candle: NonNullable<typeof day>) => string | number) =>
    [today, day].map((candle) => (candle === null || candle === undefined ? "0" : of(candle)));
  return {
    a: touch("asks"),
    b: touch("bids"),
    c: [price(market.lastPrice), sizeText(last?.size ?? 0)],
    v: both((candle) => sizeText(candle.volume)),
    p: both((candle) => price(vwapOf(candle))),
    t: both((candle) => candle.trades).map(Number),
    l: both((candle) => price(candle.low)),
    h: both((candle) => price(candle.high)),
    o: price(today?.open ?? market.lastPrice),
  };
}

function depth(market: SpotVenue, pair: string, { query, nowMs }: SpotRequest): Answer {
  const count = Number(query.get("count") ?? "100");
  if (!(count >= 1 && count <= 500)) return "EGeneral:Invalid arguments";
  const seconds = Math.floor(nowMs / 1000);
  const rows = (side: "bids" | "asks") =>
    market.book[side]
      .top(count)
      .map(([price, size]) => [priceText(market, price), (size / 1e8).toFixed(3), seconds]);
  return { [pair]: { asks: rows("asks"), bids: rows("bids") } };
}

function candles(market: SpotVenue, pair: string, { query, nowMs }: SpotRequest): Answer {
  const minutes = Number(query.get("interval") ?? "1");
  const sinceS = Number(query.get("since") ?? "0");
  if (!MINUTES.has(minutes) || Number.isNaN(sinceS)) return "EGeneral:Invalid arguments";
  const nowS = Math.floor(nowMs / 1000);
  // The last row is the running candle.
  const found = market.candles
    .readFlat(sinceS, nowS - (nowS % (minutes * 60)), minutes * 60)
    .slice(-CANDLES_MAX);
  const price = (units: number): string => priceText(market, units);
  const rows = found.map((candle) => [
    candle.startS,
    price(candle.open),
    price(candle.high),
    price(candle.low),
    price(candle.close),
    price(candle.volume === 0 ? 0 : vwapOf(candle)),
    sizeText(candle.volume),
    candle.trades,
  ]);
  return { [pair]: rows, last: found.at(-2)?.startS ?? 0 };
}

/** A trade's time in nanoseconds, which is also the place to read on from. */
function nsOf(trade: VenueTrade): bigint {
  return BigInt(trade.atMs) * 1_000_000n + BigInt(trade.id % 1000) * 1000n;
}

function trades(market: SpotVenue, pair: string, { query }: SpotRequest): Answer {
  const since = query.get("since") ?? "0";
  const count = Number(query.get("count") ?? "1000");
  if (!/^\d+$/.test(since) || !(count >= 1 && count <= 1000)) return "EGeneral:Invalid arguments";
  const found = market
    .recent(1000)
    .filter((trade) => nsOf(trade) > BigInt(since))
    .slice(0, count);
  const rows = found.map((trade) => [
    priceText(market, trade.price),
    sizeText(trade.size),
    trade.atMs / 1000,
    trade.isBuy ? "b" : "s",
    trade.id % 3 === 0 ? "l" : "m",
    "",
    trade.id,
  ]);
  const last = found.at(-1);
  return { [pair]: rows, last: last === undefined ? since : `${nsOf(last)}` };
}
