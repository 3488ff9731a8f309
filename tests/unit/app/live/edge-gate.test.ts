import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { edgeVerdicts, floorNeeded, isFloorSize } from "../../../../src/app/compose/edge-gate.ts";
import { money } from "../../../../src/core/units.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-edge-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the gate that asks for an edge", () => {
  test("where nothing was evaluated nothing is confirmed", () => {
    const path = join(folder, "none.sqlite");
    const question = { path, strategies: ["threshold-ev"], series: [], stamp: "prod" } as const;
    expect(edgeVerdicts(question)).toEqual([
      { strategy: "threshold-ev", verdict: { name: "NOISY", reason: expect.any(String) } },
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ["one contract", { sizing: "contracts", contracts: 1, max_cost_usd: 100 }, true],
    ["one contract, never another size", { contracts: 1 }, true],
    ["ten contracts", { sizing: "contracts", contracts: 10 }, false],
    ["Kelly's share of the bankroll", { sizing: "kelly", contracts: 1, max_cost_usd: 100 }, false],
    [
      "Kelly's, but never more than a dollar",
      { sizing: "kelly", contracts: 10, max_cost_usd: 1 },
      true,
    ],
    ["a dollar in cents", { max_cost_cents: 100 }, true],
    ["five dollars in cents", { max_cost_cents: 500 }, false],
    ["a size that nobody states", {}, false],
  ])("%s", (_, settings, isFloor) => {
    expect(isFloorSize(settings)).toBe(isFloor);
  });

  test("no verdict is about a purchase by hand, whatever strategies are enabled: a dollar is all it may cost", () => {
    expect(floorNeeded(money(1_000_000))).toBe("");
    expect(floorNeeded(money(1_010_000))).toContain("at most 100 cents");
  });
});
