import { describe, expect, test } from "vitest";
import { type LatencyOptions, latencyOf } from "../../../../src/core/sim/latency.ts";
import { ARRIVED_MS, anOrder, aQuote, SENT_MS, simRig } from "../../../support/sim-rig.ts";

const OPTIONS: LatencyOptions = { latencyMs: 350, latencySpread: 0.4, seed: 1 };

/** Latencies of so many orders, the shortest first. */
function drawn(kind: "submit" | "cancel", options: Partial<LatencyOptions> = {}): number[] {
  return Array.from({ length: 4_000 }, (_, n) =>
    latencyOf(kind, `r7-${n}`, { ...OPTIONS, ...options }),
  ).toSorted((a, b) => a - b);
}

describe("the latency of a command", () => {
  test.each(["submit", "cancel"] as const)("is log-normal about its median: %s", (kind) => {
    const sorted = drawn(kind);
    expect(sorted[2_000]).toBeGreaterThan(335);
    expect(sorted[2_000]).toBeLessThan(365);
    // exp(1.645 × 0.4) = 1.93 times the median.
    expect(sorted[3_800]).toBeGreaterThan(635);
    expect(sorted[3_800]).toBeLessThan(720);
  });

  test("without spread is the median", () => {
    expect(new Set(drawn("submit", { latencySpread: 0 }))).toEqual(new Set([350]));
  });

  test("is a function of seed, number of the order and kind alone", () => {
    const one = latencyOf("submit", "r1-5", OPTIONS);
    // A replay has a run number of its own.
    expect(latencyOf("submit", "r99-5", OPTIONS)).toBe(one);
    expect(latencyOf("cancel", "r1-5", OPTIONS)).not.toBe(one);
    expect(latencyOf("submit", "r1-6", OPTIONS)).not.toBe(one);
    expect(latencyOf("submit", "r1-5", { ...OPTIONS, seed: 2 })).not.toBe(one);
  });

  test("doubles with its median, by the same chance", () => {
    const single = latencyOf("submit", "r1-5", OPTIONS);
    const double = latencyOf("submit", "r1-5", { ...OPTIONS, latencyMs: 700 });
    expect(Math.abs(double - 2 * single)).toBeLessThanOrEqual(1);
  });
});

describe("commands of different latency", () => {
  const SPREAD = { latencySpread: 1, bookStaleMs: 100_000 };
  const of = (kind: "submit" | "cancel", orderId: string): number =>
    latencyOf(kind, orderId, { ...OPTIONS, ...SPREAD });
  const ids = Array.from({ length: 30 }, (_, n) => `r1-${n}`);

  test("arrive by their times, whatever the order of sending", () => {
    const { venue } = simRig(undefined, SPREAD);
    for (const orderId of ids) venue.submit(anOrder({ orderId }), SENT_MS);
    const answers = venue.advance(SENT_MS + 60_000).filter(({ type }) => type === "order");
    const times = answers.map(({ recvMs }) => recvMs);
    expect(times).toEqual(ids.map((id) => SENT_MS + of("submit", id)).toSorted((a, b) => a - b));
  });

  test("that arrive together are served in the order of sending", () => {
    const { venue } = simRig();
    for (const orderId of ["b", "a", "c"]) venue.submit(anOrder({ orderId }), SENT_MS);
    const ends = venue.advance(ARRIVED_MS).filter((answer) => answer.type === "order");
    expect(ends.map(({ orderId }) => orderId)).toEqual(["b", "a", "c"]);
  });

  test("never let a cancel overtake its order", () => {
    const overtaking = ids.filter((id) => of("cancel", id) < of("submit", id));
    expect(overtaking.length).toBeGreaterThan(5);
    for (const orderId of overtaking) {
      const { venue } = simRig(undefined, SPREAD);
      venue.submit(aQuote({ orderId }), SENT_MS);
      venue.cancel(orderId, SENT_MS);
      expect(venue.advance(SENT_MS + 60_000)).toMatchObject([
        { state: "resting" },
        { state: "canceled", recvMs: SENT_MS + of("submit", orderId) },
      ]);
    }
  });
});
