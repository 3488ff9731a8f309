import { Book } from "../../src/core/book.ts";
import type { PricingModel } from "../../src/core/engine-config.ts";
import type { Level } from "../../src/core/events.ts";
import type { Market, PriceRange } from "../../src/core/market.ts";
import type { FillRecord } from "../../src/core/records.ts";
import { money, price, qty } from "../../src/core/units.ts";

export const LINEAR_CENT: readonly PriceRange[] = [
  { start: price(0), end: price(10_000), step: 100 },
];

export const TAPERED: readonly PriceRange[] = [
  { start: price(0), end: price(1_000), step: 10 },
  { start: price(1_000), end: price(9_000), step: 100 },
  { start: price(9_000), end: price(10_000), step: 10 },
];

/** `[cents, contracts]` pairs as levels. */
export function levels(pairs: readonly (readonly [cents: number, contracts: number])[]): Level[] {
  return pairs.map(([cents, contracts]) => [
    price(Math.round(cents * 100)),
    qty(Math.round(contracts * 100)),
  ]);
}

/** A book from bids in cents and contracts. */
export function aBook(bids: {
  yes?: readonly (readonly [number, number])[];
  no?: readonly (readonly [number, number])[];
}): Book {
  const book = new Book();
  book.replace(levels(bids.yes ?? []), levels(bids.no ?? []), 0);
  return book;
}

export function aMarket(overrides: Partial<Market> = {}): Market {
  return {
    ticker: "KXBTC15M-26NOV021415-15",
    eventTicker: "KXBTC15M-26NOV021415",
    seriesTicker: "KXBTC15M",
    strikeType: "greater_or_equal",
    floorUsd: 100_000,
    capUsd: null,
    openMs: 900_000,
    closeMs: 1_800_000,
    status: "active",
    result: "",
    expirationValue: null,
    settlementTimerS: 1,
    ranges: TAPERED,
    tickStructure: "tapered_deci_cent",
    exchangeIndex: 2,
    valueDigits: 2,
    feeWaiverMs: null,
    rawJson: null,
    ...overrides,
  };
}

/** The default way to price. */
export const STUDENT: PricingModel = {
  name: "settlement-average/student",
  version: "0123456789ab",
  law: { shape: "student", nu: 4 },
  map: null,
};

export function aFill(overrides: Partial<FillRecord> = {}): FillRecord {
  return {
    fillId: "f1",
    orderId: "o1",
    ticker: "KXBTC15M-26NOV021415-15",
    side: "yes",
    action: "buy",
    price: price(5_000),
    qty: qty(1_000),
    fee: money(175_000),
    isTaker: true,
    fillClass: null,
    atMs: 1_000_000,
    ...overrides,
  };
}
