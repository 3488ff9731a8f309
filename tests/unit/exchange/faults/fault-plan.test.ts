import { describe, expect, test } from "vitest";
import { FaultPlan } from "../../../../src/exchange/faults/fault-plan.ts";
import type { FaultMatch, FaultWhen, Subject } from "../../../../src/exchange/faults/fault-rule.ts";

const FRAME: Subject = { venue: "kalshi", channel: "trade", type: "trade", sid: 2, connection: 1 };

function planOf(when: FaultWhen, match: FaultMatch = {}, seed = 1): FaultPlan {
  const plan = new FaultPlan(seed);
  plan.add({ fault: "frame_dropped", when, match }, 1000);
  return plan;
}

/** Which of the first twenty frames are struck, counted from 1, one a second. */
function struck(plan: FaultPlan, subject: Subject = FRAME): number[] {
  return Array.from({ length: 20 }, (_, at) => at + 1).filter(
    (at) => plan.take("frame", subject, 1000 + at * 1000).length > 0,
  );
}

/** Which of twenty frames are dropped. */
function drops(plan: FaultPlan): number[] {
  return Array.from({ length: 20 }, (_, at) => at).filter((at) =>
    plan.take("frame", FRAME, 2000 + at).some(({ fault }) => fault === "frame_dropped"),
  );
}

describe("when", () => {
  test.each<[name: string, when: FaultWhen, expected: number[]]>([
    ["the third", { nth: 3 }, [3]],
    ["every seventh", { every: 7 }, [7, 14]],
    ["every seventh, once", { every: 7, times: 1 }, [7]],
    ["between two times", { afterMs: 3000, untilMs: 6000 }, [3, 4, 5]],
    ["the second of what comes after a time", { afterMs: 3000, nth: 2 }, [4]],
    ["twice", { times: 2 }, [1, 2]],
  ])("%s", (_name, when, expected) => {
    expect(struck(planOf(when))).toEqual(expected);
  });

  test("a share, the same frames for the same seed and others for another", () => {
    const some = struck(planOf({ probability: 0.4 }));
    expect(some.length).toBeGreaterThan(2);
    expect(some.length).toBeLessThan(18);
    expect(struck(planOf({ probability: 0.4 }))).toEqual(some);
    expect(struck(planOf({ probability: 0.4 }, {}, 2))).not.toEqual(some);
  });

  test("a rule strikes alike whatever rules were taken away before it", () => {
    const plan = new FaultPlan(1);
    const first = plan.add({ fault: "muted" }, 1000);
    plan.add({ fault: "frame_dropped", when: { probability: 0.4 } }, 1000);
    const alone = new FaultPlan(1);
    alone.add({ fault: "muted" }, 1000);
    alone.add({ fault: "frame_dropped", when: { probability: 0.4 } }, 1000);
    plan.remove(first);
    expect(drops(plan)).toEqual(drops(alone));
  });
});

describe("match", () => {
  test.each<[name: string, match: FaultMatch, isStruck: boolean]>([
    ["nothing asked", {}, true],
    ["its channel", { channel: "trade" }, true],
    ["another channel", { channel: "ticker" }, false],
    ["a pattern", { channel: "tr*" }, true],
    ["a pattern is the whole text", { channel: "tr*x" }, false],
    ["a dot is a dot", { channel: "t.ade" }, false],
    ["its sid and connection", { sid: 2, connection: 1 }, true],
    ["another sid", { sid: 3 }, false],
    ["what the subject does not have", { method: "GET" }, false],
  ])("%s", (_name, match, isStruck) => {
    expect(struck(planOf({}, match)).length > 0).toBe(isStruck);
  });
});

describe("by time", () => {
  test("state faults strike at their times and no sooner", () => {
    const plan = new FaultPlan(1);
    plan.add({ fault: "key_revoked", when: { afterMs: 500, everyMs: 1000, times: 3 } }, 1000);
    expect(plan.nextTimerMs()).toBe(1500);
    expect(plan.takeDue("state", 1499)).toHaveLength(0);
    expect(plan.takeDue("state", 2500)).toHaveLength(2);
    expect(plan.nextTimerMs()).toBe(3500);
    expect(plan.takeDue("state", 9000)).toHaveLength(1);
    expect(plan.nextTimerMs()).toBe(Number.POSITIVE_INFINITY);
    expect(plan.list()).toMatchObject([{ struck: 3, isSpent: true }]);
  });

  test("a connection fault that counts frames has no time of its own", () => {
    const plan = new FaultPlan(1);
    plan.add({ fault: "connection_reset", when: { nth: 2 } }, 1000);
    expect(plan.nextTimerMs()).toBe(Number.POSITIVE_INFINITY);
    expect(plan.take("connection", FRAME, 1000)).toHaveLength(0);
    expect(plan.take("connection", FRAME, 1000)).toHaveLength(1);
  });
});

test("what is left out of the parameters is filled in from the table", () => {
  const plan = new FaultPlan(1);
  plan.add({ fault: "http_status", params: { status: 429 } }, 0);
  expect(plan.take("request", { venue: "kalshi" }, 0)).toMatchObject([
    { fault: "http_status", params: { status: 429, code: "", after: false, html: false } },
  ]);
});

test("rules can be taken away one by one or all at once", () => {
  const plan = planOf({});
  const id = plan.add({ fault: "muted" }, 0);
  expect(plan.remove(99)).toBe(false);
  expect(plan.remove(id)).toBe(true);
  expect(plan.list().map(({ rule }) => rule.fault)).toEqual(["frame_dropped"]);
  plan.remove(null);
  expect(plan.isEmpty).toBe(true);
  expect(plan.take("frame", FRAME, 5000)).toHaveLength(0);
});
