import { expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { pastFills } from "../../../src/adapters/sqlite/queries/past-fills.ts";
import { price } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";
import { anOpportunity, anOrder, aRecorder, tempDb } from "./support.ts";

test("fills of a mode beside the touch of the evaluation that led to them, in the order they came", async () => {
  const path = tempDb();
  const paper = aRecorder(path, "paper");
  const live = aRecorder(path, "live");
  const sides = [
    [paper, "p1", "yes", "buy"],
    [paper, "p2", "no", "buy"],
    [paper, "p3", "yes", "sell"],
    [live, "l1", "yes", "buy"],
  ] as const;
  for (const [at, [recorder, orderId, side, action]] of sides.entries()) {
    // YES 90 bid, 91 asked.
    const row = anOpportunity(recorder, at + 1, { decision: "trade" });
    recorder.opportunity(row);
    const ids = { orderId, clientOrderId: orderId, side, action, createdMs: row.atMs };
    recorder.order(anOrder(row.opportunityId, { ...ids, strategy: "s" }));
    recorder.fill(aFill({ orderId, side, action, fillId: "f", price: price(9_200) }));
  }
  // Of no order that is on file, and one that rested: neither measures anything.
  paper.fill(aFill({ orderId: "unknown", fillId: "f" }));
  paper.fill(aFill({ orderId: "p1", fillId: "rested", isTaker: false }));
  // A later order of the same exit met another book, which no evaluation saw.
  const exit = anOpportunity(paper, 9, { decision: "trade", reason: "stop_loss" });
  paper.opportunity(exit);
  const later = {
    orderId: "p9",
    clientOrderId: "p9",
    action: "sell",
    createdMs: exit.atMs + 1,
  } as const;
  paper.order(anOrder(exit.opportunityId, { ...later, strategy: "s" }));
  paper.fill(aFill({ orderId: "p9", fillId: "f", action: "sell", price: price(7_000) }));
  await paper.close(0);
  await live.close(0);
  const reader = openReader(path);
  try {
    expect(pastFills(reader, "paper").map(({ action, touch }) => [action, touch])).toEqual([
      ["buy", 9_100],
      ["buy", 1_000],
      ["sell", 9_000],
    ]);
    expect(pastFills(reader, "live")).toEqual([
      {
        strategy: "s",
        series: "KXBTC15M",
        action: "buy",
        touch: 9_100,
        price: 9_200,
        qty: 1_000,
      },
    ]);
    expect(pastFills(reader, "backtest")).toEqual([]);
  } finally {
    reader.close();
  }
});
