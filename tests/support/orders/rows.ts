import type { Opportunity, OrderRecord } from "../../../src/core/records.ts";
import { price, qty } from "../../../src/core/units.ts";

const TICKER = "KXBTC15M-26NOV021415-15";
const START_MS = 1_793_646_000_000;

/** An evaluation that an order points to. */
export function aWish(runId: number, step: number): Opportunity {
  const nothing = {
    spotUsd: null,
    sigma: null,
    pModel: null,
    pLow: null,
    pHigh: null,
    pMarket: null,
    pStrategy: null,
    yesBid: null,
    yesAsk: null,
    yesBidQty: null,
    yesAskQty: null,
    cost: null,
    ev: null,
    model: null,
    basisMean: null,
    basisSd: null,
    spotAgeMs: null,
    bookAgeMs: null,
    knownCount: 0,
    knownSumUsd: null,
    knownSource: null,
    referenceCount: null,
    referenceSumUsd: null,
    referenceSource: null,
  };
  return {
    ...nothing,
    opportunityId: runId * 1e10 + step,
    strategy: "s",
    ticker: TICKER,
    atMs: START_MS + step * 1000,
    tauS: 300,
    side: "yes",
    decision: "trade",
    reason: "edge",
    failed: "",
  };
}

export function anIntent(opportunityId: number, orderId: string): OrderRecord {
  return {
    orderId,
    clientOrderId: `c-${orderId}`,
    strategy: "s",
    opportunityId,
    ticker: TICKER,
    side: "yes",
    action: "buy",
    price: price(5_000),
    qty: qty(1_000),
    state: "pending",
    createdMs: START_MS,
  };
}
