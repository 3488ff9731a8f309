import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { readEvidence } from "../../../src/app/compose/proof.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { anOpportunity, anOrder, T0 } from "../sqlite/support.ts";

const CLOSE_MS = T0 + 480_000;

/** Two markets wanted at a decision time, of which one was bought. */
async function tradesOf(entry: "taker" | "maker"): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "kbt-resting-"));
  const path = join(folder, "p.sqlite");
  const strategy = "threshold-ev";
  const recorder = createRecorder({
    path,
    env: "sim",
    run: {
      mode: "paper",
      startedMs: T0,
      version: "0.1.0",
      config: { strategy: { [strategy]: { entry } } },
      command: "paper",
    },
    nowMs: () => CLOSE_MS,
  });
  for (const [nr, ticker] of ["KXBTC15M-A", "KXBTC15M-B"].entries()) {
    recorder.event({ type: "market", market: aMarket({ ticker, closeMs: CLOSE_MS }), recvMs: T0 });
    recorder.opportunity(
      anOpportunity(recorder, nr, {
        ticker,
        strategy,
        tauS: 480,
        decision: "trade",
        reason: "edge",
        failed: "",
      }),
    );
    recorder.event({
      type: "settlement",
      ticker,
      eventTicker: "E",
      result: "yes",
      yesPayout: null,
      expirationValue: "1",
      settledMs: CLOSE_MS + 10_000,
      final: true,
      source: "kalshi",
      recvMs: CLOSE_MS + 11_000,
    });
  }
  recorder.order(anOrder(recorder.runId * 1e10, { ticker: "KXBTC15M-A" }));
  recorder.fill(
    aFill({
      orderId: "o1",
      ticker: "KXBTC15M-A",
      atMs: T0 + 1,
      price: price(6_000),
      qty: qty(100),
      fee: money(0),
    }),
  );
  await recorder.close(0);
  const reader = openReader(path);
  const { proof } = readEvidence(reader, { filter: { strategies: [] } });
  reader.close();
  rmSync(folder, { recursive: true, force: true });
  return proof.universes.wouldTrade.rows;
}

test("what a run wanted is a trade where it takes, and where it waits only what filled", async () => {
  expect(await tradesOf("taker")).toBe(2);
  expect(await tradesOf("maker")).toBe(1);
});
