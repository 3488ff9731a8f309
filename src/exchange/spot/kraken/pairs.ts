import type { PairSpec } from "../../scenario/venue-spec.ts";

/** Names of one coin at Kraken: the WebSocket and REST disagree (spot-feeds.md §2.2, §2.5). */
interface CoinNames {
  readonly altname: string;
  readonly asset: string;
  readonly pair: string;
  /** Digits of the asset's balance and of its display. */
  readonly precision: number;
  readonly displayPrecision: number;
  readonly minimum: string;
}

const NAMES: Readonly<Record<string, CoinNames>> = {
  BTC: {
    altname: "XBT",
    asset: "XXBT",
    pair: "XXBTZUSD",
    precision: 10,
    displayPrecision: 5,
    minimum: "0.0001",
  },
};

export function namesOf(coin: string): CoinNames {
  const plain = { altname: coin, asset: coin, pair: `${coin}USD` };
  return NAMES[coin] ?? { ...plain, precision: 10, displayPrecision: 5, minimum: "0.02" };
}

export function symbolOf(coin: string): string {
  return `${coin}/USD`;
}

/** The coin of a REST pair under any of its names; undefined when none of `coins` is meant. */
export function coinOfPair(pair: string, coins: readonly string[]): string | undefined {
  const asked = pair.toUpperCase().replace("/", "");
  return coins.find((coin) => {
    const { altname, pair: name } = namesOf(coin);
    return asked === name || asked === `${altname}USD` || asked === `${coin}USD`;
  });
}

/** `0.1` for one digit: the smallest price step as a JSON number. */
export function increment(digits: number, step: number): string {
  return `${step / 10 ** digits}`;
}

export function pairJson(coin: string, pair: PairSpec): string {
  const { minimum } = namesOf(coin);
  const price = increment(pair.priceDigits, pair.tick);
  return `{"symbol":"${symbolOf(coin)}","base":"${coin}","quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-8,"price_precision":${pair.priceDigits},"cost_precision":5,"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":${price},"price_increment":${price},"qty_min":${minimum}}`;
}

export function assetJson(id: string, precision: number, displayPrecision: number): string {
  return `{"id":"${id}","status":"enabled","precision":${precision},"precision_display":${displayPrecision},"borrowable":false,"collateral_value":1.00}`;
}
