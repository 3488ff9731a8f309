import { expect, test } from "vitest";
import { createTapeLog } from "../../../src/app/tape-log.ts";
import type { LedgerRecord, Opportunity } from "../../../src/core/records.ts";
import { money, price, qty } from "../../../src/core/units.ts";

const ROW = {
  opportunityId: 10_000_000_001,
  strategy: "threshold-ev",
  ticker: "KXBTC15M-A-1",
  side: "yes",
  ev: 0.0321,
  pModel: 0.5512,
  pMarket: 0.5,
  pStrategy: null,
  yesBid: price(4900),
  yesAsk: price(5100),
  decision: "no_trade",
  reason: "ev_below_min",
} as unknown as Opportunity;

function rig() {
  const lines: Record<string, unknown>[] = [];
  let mono = 0;
  const tape = createTapeLog({
    log: { info: (fields, message) => void lines.push({ ...fields, message }) },
    real: { monoMs: () => mono },
    unasked: new Set(["always-no"]),
  });
  return { lines, tape, wait: (ms: number) => (mono += ms) };
}

test("what is taken stands there with what it was judged by", () => {
  const { lines, tape } = rig();
  tape.opportunity?.({ ...ROW, decision: "trade", reason: "edge" });
  expect(lines).toEqual([
    {
      ev: "tape.take",
      message: "take",
      strategy: "threshold-ev",
      ticker: "KXBTC15M-A-1",
      side: "yes",
      ev_cents: 3.21,
      p: 0.551,
      p_market: 0.5,
      yes_bid_cents: 49,
      yes_ask_cents: 51,
      opportunity_id: 10_000_000_001,
      reason: "edge",
    },
  ]);
});

test("a pass stands there when its reason changes, and never more than twelve a minute", () => {
  const { lines, tape, wait } = rig();
  tape.opportunity?.(ROW);
  tape.opportunity?.(ROW);
  tape.opportunity?.({ ...ROW, reason: "spread_wide" });
  tape.opportunity?.({ ...ROW, strategy: "always-no", reason: "x" });
  expect(lines.map(({ reason }) => reason)).toEqual(["ev_below_min", "spread_wide"]);
  for (let at = 0; at < 1000; at++) tape.opportunity?.({ ...ROW, ticker: `KX-${at}` });
  expect(lines).toHaveLength(12);
  wait(60_000);
  tape.opportunity?.({ ...ROW, reason: "closing_soon" });
  expect(lines.at(-1)).toMatchObject({ ev: "tape.pass", reason: "closing_soon", hidden: 990 });
});

test("fills, orders without one and settlements follow", () => {
  const { lines, tape } = rig();
  const leg = {
    action: "buy",
    side: "no",
    ticker: "KX",
    price: price(4225),
    qty: qty(150),
    pnl: null,
    status: "filled",
    strategy: "s",
  } as LedgerRecord;
  tape.ledger?.(leg);
  tape.ledger?.({ ...leg, status: "canceled", qty: qty(0) });
  tape.ledger?.({ ...leg, action: "settle", price: null, pnl: money(-634_000), status: "final" });
  expect(
    lines.map(({ contracts, ev, pnl_usd, price_cents }) => [ev, contracts, price_cents, pnl_usd]),
  ).toEqual([
    ["tape.fill", 1.5, 42.25, null],
    ["tape.unfilled", 0, 42.25, null],
    ["tape.settle", 1.5, null, -0.634],
  ]);
});
