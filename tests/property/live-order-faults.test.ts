import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../src/exchange/faults/fault-rule.ts";
import { type SimulationEnd, simulate } from "../support/orders/simulation.ts";

// One thing that goes wrong at a time, all the time: what the order path makes of it, by the exchange's own books.

const POST = { venue: "kalshi", method: "POST", path: "*/portfolio/events/orders" };
const DELETE = { venue: "kalshi", method: "DELETE" };
const READS = { venue: "kalshi", method: "GET", path: "*/portfolio/*" };
const ALWAYS = { probability: 1 };

async function withFaults(
  rules: readonly FaultRule[],
  options: { readonly seed?: number; readonly lagMs?: number } = {},
): Promise<SimulationEnd> {
  const { lagMs = 800, seed = 4 } = options;
  const readLag = { minMs: lagMs / 2, maxMs: lagMs };
  const crashAt = { place: "", nth: 1 };
  const end = await simulate({ seed, seconds: 120, rules, readLag, crashAt });
  expect(end.problems).toEqual([]);
  expect(end.verified.at(-1)).toBe(true);
  expect(end.orders).toBeGreaterThan(0);
  // Nothing was taken for over that was not.
  expect(kinds(end)).not.toContain("order_mismatch");
  return end;
}

const kinds = ({ latches }: SimulationEnd): string[] => [
  ...new Set(latches.map(({ kind }) => kind)),
];

describe("I4: the answer to an order is lost", () => {
  test.each([
    { what: "after it was placed, by a reset", stage: "after", how: "reset" },
    { what: "after it was placed, in the middle", stage: "after", how: "mid_body" },
    { what: "after it was placed, and never comes", stage: "after", how: "never" },
  ] as const)("$what: the lists find it, and its fills", async ({ how, stage }) => {
    const end = await withFaults([
      { fault: "http_lost", match: POST, when: ALWAYS, params: { how, stage } },
    ]);
    expect(end.fills).toBeGreaterThan(0);
    expect(end.ends.filter((state) => state.includes("never_arrived"))).toEqual([]);
  });

  test("before it arrived: it is given up only after it could not arrive any more, and trading stops meanwhile", async () => {
    const params = { stage: "before", how: "reset" } as const;
    const end = await withFaults([{ fault: "http_lost", match: POST, when: ALWAYS, params }]);
    expect(end.ends.filter((state) => state === "canceled never_arrived").length).toBeGreaterThan(
      1,
    );
    expect(kinds(end)).toContain("unknown_order");
  });

  test("and reads lag by a minute: what is not listed yet is not believed to be absent", async () => {
    const params = { stage: "after", how: "reset" } as const;
    const rules: FaultRule[] = [
      { fault: "http_lost", match: POST, when: ALWAYS, params },
      { fault: "frame_dropped", match: { channel: "fill" }, when: ALWAYS },
      { fault: "frame_dropped", match: { channel: "user_orders" }, when: ALWAYS },
    ];
    const end = await withFaults(rules, { lagMs: 50_000 });
    expect(end.ends.filter((state) => state.includes("never_arrived"))).toEqual([]);
  });

  test.each([500, 503, 408])("status %i although it was placed", async (status) => {
    const params = { status, after: true };
    const end = await withFaults([{ fault: "http_status", match: POST, when: ALWAYS, params }]);
    expect(end.fills).toBeGreaterThan(0);
  });

  test.each(["empty", "empty_object", "html", "truncated"] as const)(
    "a body that is %s",
    async (how) => {
      const end = await withFaults([
        { fault: "http_body", match: POST, when: ALWAYS, params: { how } },
      ]);
      expect(end.fills).toBeGreaterThan(0);
    },
  );

  test("somebody else's id in it", async () => {
    const params = { path: "client_order_id", value: '"somebody-else"' };
    const end = await withFaults([{ fault: "http_field", match: POST, when: ALWAYS, params }]);
    expect(end.fills).toBeGreaterThan(0);
    expect(kinds(end)).toContain("unknown_orders");
  });
});

describe("I5: fills", () => {
  test("none is told on the socket: the lists tell them", async () => {
    const rules = (["fill", "user_orders"] as const).map(
      (channel): FaultRule => ({ fault: "frame_dropped", match: { channel }, when: ALWAYS }),
    );
    expect((await withFaults(rules)).fills).toBeGreaterThan(3);
  });

  test("each is told three times", async () => {
    const end = await withFaults([
      { fault: "frame_repeated", when: ALWAYS, params: { copies: 2 } },
    ]);
    expect(end.fills).toBeGreaterThan(3);
    expect(kinds(end)).toEqual([]);
  });

  test("late by seconds and behind the answers", async () => {
    const end = await withFaults([{ fault: "frame_delayed", when: ALWAYS, params: { ms: 5_000 } }]);
    expect(end.fills).toBeGreaterThan(3);
  });
});

describe("I9: cancels", () => {
  test("each is answered 404 without effect: the order ends by its expiry, and is waited for", async () => {
    const params = { status: 404, code: "not_found" };
    const end = await withFaults([{ fault: "http_status", match: DELETE, when: ALWAYS, params }]);
    expect(end.verified.every(Boolean)).toBe(true);
  });

  test("every second one is lost, and so is the end of the group: they are repeated, and no end waits for expiries", async () => {
    const params = { stage: "before", how: "reset" } as const;
    const rule: FaultRule = { fault: "http_lost", match: DELETE, when: { every: 2 }, params };
    const groups: FaultRule = { ...rule, match: { venue: "kalshi", method: "PUT" }, when: ALWAYS };
    const end = await withFaults([rule, { ...rule, when: { nth: 1 } }, groups]);
    expect(end.endsMs.length).toBeGreaterThan(3);
    expect(Math.max(...end.endsMs)).toBeLessThan(10_000);
  });

  test("each is carried out and answered 404", async () => {
    const params = { status: 404, code: "not_found", after: true };
    const end = await withFaults([{ fault: "http_status", match: DELETE, when: ALWAYS, params }]);
    expect(kinds(end)).toEqual([]);
  });
});

test("R9: refusals end an order at once, and five in a minute end the trading", async () => {
  const params = { status: 400, code: "insufficient_balance" };
  const end = await withFaults([{ fault: "http_status", match: POST, when: ALWAYS, params }]);
  const refused = end.ends.filter((state) => state === "rejected insufficient_balance");
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(kinds(end)).toEqual(["rejects"]);
});

test("R8: a pause is waited for, and latches nothing", async () => {
  const params = { status: 409, code: "trading_is_paused" };
  const end = await withFaults([{ fault: "http_status", match: POST, when: ALWAYS, params }]);
  expect(end.ends).toContain("rejected trading_is_paused");
  expect(end.orders).toBeLessThan(15);
  expect(kinds(end)).toEqual([]);
});

test("R9: 401 on orders latches at the first one", async () => {
  const params = { status: 401, code: "authentication_error" };
  const end = await withFaults([{ fault: "http_status", match: POST, when: ALWAYS, params }]);
  expect(kinds(end)).toContain("auth");
});

test("R16, I22: positions that are wrong once are not believed; wrong for good they latch", async () => {
  const positions = { ...READS, path: "*/portfolio/positions" };
  const params = { how: "zero" } as const;
  const once = await withFaults([
    { fault: "read_changed", match: positions, when: { every: 5 }, params },
  ]);
  expect(kinds(once)).toEqual([]);
  const always = await withFaults([
    { fault: "read_changed", match: positions, when: ALWAYS, params },
  ]);
  expect(kinds(always)).toContain("drift");
});
