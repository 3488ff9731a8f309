import { expect, test } from "vitest";
import { venueOptions } from "../../../src/app/compose/sim-venue.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";

test("the pessimistic end has twice the latency, a queue that only trades move, less depth and whole cents", () => {
  const expected = venueOptions(DEFAULTS, "expected");
  expect(venueOptions(DEFAULTS, "pessimistic")).toEqual({
    ...expected,
    latencyMs: 2 * expected.latencyMs,
    queueModel: "riskAverse",
    restingFills: "traded",
    haircut: 0.5,
    feeStep: 10_000,
  });
  expect(expected).toMatchObject({ queueModel: "power3", restingFills: "likely", feeStep: 1 });
});

test("it is never better than what is expected", () => {
  const config = { ...DEFAULTS, sim: { ...DEFAULTS.sim, haircut: 0.8 } };
  expect(venueOptions(config, "pessimistic").haircut).toBe(0.8);
});
