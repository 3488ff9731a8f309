import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { RunMode, SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { money, qty } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";
import {
  aLeg,
  anOpportunity,
  anOrder,
  EVENTS,
  aRecorder as recorderOf,
  rows,
  T0,
  TICKER,
  tempDb,
} from "./support.ts";

describe.each(["inline", "thread"] as const)("written %s:", (writer) => {
  const aRecorder = (path: string, mode: RunMode = "paper"): SqliteRecorder =>
    recorderOf(path, mode, { writer });
  describe("orders and ledger", () => {
    test("are committed when the call returns, after the evaluation they point to", () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      const opportunity = anOpportunity(recorder, 1, { decision: "trade" });
      recorder.opportunity(opportunity);
      recorder.order(anOrder(opportunity.opportunityId));
      expect(rows(path, "SELECT state, filled_qty_cq, mode FROM orders")).toEqual([
        { state: "pending", filled_qty_cq: 0, mode: "paper" },
      ]);
      const event = { orderId: "o1", reason: "ack", filledQty: qty(0) };
      recorder.orderEvent({ ...event, state: "resting", atMs: T0 + 2_100 });
      recorder.orderEvent({ ...event, state: "filled", atMs: T0 + 2_200, filledQty: qty(100) });
      recorder.fill(aFill({ atMs: T0 + 2_200 }));
      recorder.fill(aFill({ atMs: T0 + 2_900 }));
      recorder.ledger(aLeg());
      recorder.position({
        ticker: TICKER,
        qty: qty(100),
        cost: money(915_700),
        source: "fills",
        atMs: T0 + 2_200,
      });
      recorder.risk({ atMs: T0, kind: "daily_loss", value: 5, limitValue: 3, reason: "limit" });
      expect(rows(path, "SELECT state, filled_qty_cq, updated_ms FROM orders")).toEqual([
        { state: "filled", filled_qty_cq: 100, updated_ms: T0 + 2_200 },
      ]);
      expect(rows(path, "SELECT fill_id, is_taker, at_ms FROM fills")).toEqual([
        { fill_id: "f1", is_taker: 1, at_ms: T0 + 2_200 },
      ]);
      expect(
        rows(
          path,
          "SELECT price_cents, cost_dollars, payload_json FROM v_ledger JOIN trade_ledger USING (ledger_id)",
        ),
      ).toEqual([{ price_cents: 91, cost_dollars: 0.9157, payload_json: '{"why":"test"}' }]);
      expect(Object.fromEntries(recorder.counts())).toEqual({
        opportunities: 1,
        orders: 1,
        order_events: 2,
        fills: 1,
        trade_ledger: 1,
        positions_snapshots: 1,
        risk_events: 1,
      });
    });

    test("I5: a fill and its leg are on file together or not at all, also when the commit has to wait", async () => {
      const path = tempDb();
      const recorder = aRecorder(path, "live");
      const opportunity = anOpportunity(recorder, 1);
      recorder.opportunity(opportunity);
      recorder.order(anOrder(opportunity.opportunityId));
      const tables = (): unknown[] =>
        rows(
          path,
          "SELECT (SELECT count(*) FROM fills) AS fills, (SELECT count(*) FROM trade_ledger) AS legs",
        );
      const died = (): void =>
        recorder.together(() => {
          recorder.fill(aFill());
          throw new Error("died in the middle");
        });
      expect(died).toThrow("died in the middle");
      expect(tables()).toEqual([{ fills: 0, legs: 0 }]);
      const holder = new Database(path);
      holder.exec("BEGIN IMMEDIATE");
      const booked = (): void =>
        recorder.together(() => {
          recorder.fill(aFill());
          recorder.ledger(aLeg());
        });
      expect(booked).toThrow(expect.objectContaining({ code: "DB_LOCKED" }));
      holder.exec("ROLLBACK");
      holder.close();
      await recorder.drain();
      expect(tables()).toEqual([{ fills: 1, legs: 1 }]);
    });

    test("an order without its evaluation is refused", () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      expect(() => recorder.order(anOrder(recorder.runId * 1e10 + 5))).toThrow(
        expect.objectContaining({ code: "ROW_REFUSED" }),
      );
      expect(rows(path, "SELECT * FROM orders")).toEqual([]);
    });

    test.each([
      ["order_intents", "order_id = 'x'"],
      ["order_events", "reason = 'x'"],
      ["fills", "qty_cq = 1"],
      ["trade_ledger", "cost_ud = 0"],
      ["settlement_revisions", "result = 'no'"],
      ["risk_events", "reason = 'x'"],
    ])("I19: %s is append-only", (table, change) => {
      const path = tempDb();
      const recorder = aRecorder(path);
      const opportunity = anOpportunity(recorder, 1);
      recorder.opportunity(opportunity);
      recorder.order(anOrder(opportunity.opportunityId));
      recorder.orderEvent({
        orderId: "o1",
        atMs: T0,
        state: "filled",
        filledQty: qty(1),
        reason: "",
      });
      recorder.fill(aFill());
      recorder.ledger(aLeg());
      recorder.risk({ atMs: T0, kind: "k", value: null, limitValue: null, reason: "" });
      for (const event of EVENTS) if (event.type === "settlement") recorder.event(event);
      const db = new Database(path);
      expect(() => db.exec(`UPDATE ${table} SET ${change}`)).toThrow(/append-only/);
      expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(/append-only/);
      db.close();
    });

    test("settlements: repeats are ignored, corrections are new rows, the newest shows", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      const last = EVENTS.find((event) => event.type === "settlement");
      if (last === undefined) throw new Error("no settlement event");
      recorder.event({ ...last, final: false });
      recorder.event(last);
      recorder.event(last);
      recorder.event({ ...last, final: false });
      recorder.event({ ...last, result: "no" });
      await recorder.close(0);
      expect(rows(path, "SELECT result, final, revision FROM settlements")).toEqual([
        { result: "no", final: 1, revision: 3 },
      ]);
      expect(recorder.counts().get("settlements")).toBe(3);
    });
  });
});
