import { afterAll, describe, expect, test } from "vitest";
import { tempFolder } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";

const folder = tempFolder();
afterAll(() => folder.remove());

/** Open at the start of the edge scenario of seed 1. */
const TICKER = "KXBTC15M-26NOV020915-15";
const SIM = ["--sim", "--sim-speed", "max", "--db", `${folder.path}/order.sqlite`, "--json"];

async function order(more: readonly string[], env: Record<string, string> = ARMED) {
  const words = ["live", "order", TICKER, "yes", ...more, ...SIM];
  const { code, stdout } = await kbtHere(words, folder.path, env);
  const { data, error } = JSON.parse(stdout);
  return { code, data, error: error?.code ?? null, message: error?.message ?? "" };
}

const LOG = { LOG_PATH: `${folder.path}/log.jsonl` };
const ARMED = { ...LOG, TRADING_ENABLED: "1" };

describe("kbt live order", () => {
  test("shows the plan and its digest, and only that digest places it", async () => {
    const asked = await order(["--max-cost", "500"]);
    expect(asked).toMatchObject({ code: 3, error: "NOT_CONFIRMED" });
    expect(asked.data).toMatchObject({ placed: false, verified_empty: true });
    const { digest, plan } = asked.data;
    expect(plan).toMatchObject({ ticker: TICKER, side: "yes" });
    expect(Number(plan.cost_usd)).toBeLessThanOrEqual(5);
    // One more would have been too much.
    const each = Number(plan.cost_usd) / Number(plan.contracts);
    expect(Number(plan.cost_usd) + each).toBeGreaterThan(5);

    // The same words for less money are another plan.
    const other = await order(["--max-cost", "400", "--confirm", digest]);
    expect(other).toMatchObject({ code: 3, error: "NOT_CONFIRMED", data: { placed: false } });
    expect(other.message).toContain(`another one than ${digest}`);

    const placed = await order(["--max-cost", "500", "--confirm", digest]);
    expect(placed).toMatchObject({ code: 0, error: null });
    expect(placed.data).toMatchObject({ digest, plan, placed: true, verified_empty: true });
    expect(placed.data).toMatchObject({ state: "filled", filled_contracts: plan.contracts });
    expect(Number(placed.data.paid_usd)).toBeLessThanOrEqual(Number(plan.cost_usd));
  });

  test("--yes confirms whatever the plan is, within the limits", async () => {
    expect((await order(["--max-cost", "100", "--yes"])).data).toMatchObject({ placed: true });
    const large = await order(["--max-cost", "50000", "--yes"]);
    expect(large).toMatchObject({ code: 3, error: "ORDER_DENIED", data: { placed: false } });
    expect(large.message).toContain("risk.max_position");
    const small = await order(["--max-cost", "1", "--yes"]);
    expect(small).toMatchObject({ code: 3, error: "ORDER_DENIED", data: { plan: null } });
  });

  test("I1: goes through the gates of live", async () => {
    const shut = await order(["--max-cost", "100", "--yes"], LOG);
    expect(shut).toMatchObject({ code: 3, error: "LIVE_REFUSED" });
    expect(shut.data.missing).toEqual(["trading_enabled", "reconcile"]);
  });
});
