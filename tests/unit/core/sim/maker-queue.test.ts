import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { MakerQueue, type QueueModel } from "../../../../src/core/sim/maker-queue.ts";

const MODELS: readonly QueueModel[] = ["riskAverse", "power2", "power3", "log"];

function queue(model: QueueModel, front = 100, qty = 1_000): MakerQueue {
  return new MakerQueue({ model, front, qty, lot: 1 });
}

describe.each(MODELS)("queue %s", (model) => {
  test("everything in front is served first", () => {
    const one = queue(model);
    expect(one.trade(60)).toEqual({ front: 40, filled: 0 });
    expect(one.trade(40)).toEqual({ front: 0, filled: 0 });
    expect(one.trade(5)).toEqual({ front: -5, filled: 5 });
    expect(one.left).toBe(995);
    expect(one.front).toBe(0);
  });

  test("a depth change that trades explain moves us once", () => {
    const one = queue(model);
    one.trade(60);
    expect(one.depth(150, 90)).toEqual({ front: 40, filled: 0 });
  });

  test("new orders queue up behind", () => {
    const one = queue(model);
    expect(one.depth(100, 500)).toEqual({ front: 100, filled: 0 });
  });

  test("the front is never more than what is displayed", () => {
    const one = queue(model);
    expect(one.depth(100, 30).front).toBeLessThanOrEqual(30);
    expect(one.depth(30, 0)).toEqual({ front: 0, filled: 0 });
  });

  test("never fills more than the order", () => {
    const one = queue(model, 0, 7);
    expect(one.trade(5).filled).toBe(5);
    expect(one.trade(5).filled).toBe(2);
    expect(one.trade(5).filled).toBe(0);
    expect(one.left).toBe(0);
  });

  test("a trade through our price fills what is left", () => {
    const one = queue(model, 100, 7);
    one.trade(103);
    expect(one.tradeThrough()).toEqual({ front: 0, filled: 4 });
    expect(one.tradeThrough()).toEqual({ front: 0, filled: 0 });
  });

  test("whatever happens, a fill comes from a trade and is no larger than it", () => {
    const rng = mulberry32(6);
    for (let run = 0; run < 20; run++) {
      let displayed = 200;
      const one = queue(model, displayed, 300);
      let filled = 0;
      for (let n = 0; n < 60; n++) {
        const size = Math.floor(rng.next() * 40);
        if (rng.next() < 0.4) {
          const step = one.trade(size);
          expect(step.filled).toBeLessThanOrEqual(size);
          filled += step.filled;
        } else {
          const next = Math.max(0, displayed + Math.floor((rng.next() - 0.5) * 120));
          expect(one.depth(displayed, next).filled).toBe(0);
          displayed = next;
        }
        expect(one.front).toBeGreaterThan(-0.5);
        expect(one.left + filled).toBe(300);
      }
    }
  });
});

/** Front after ten of a hundred were cancelled. */
function frontAfter(model: QueueModel, front: number): number {
  const one = queue(model, front);
  one.depth(front, 100);
  return one.depth(100, 90).front;
}

describe("cancellations", () => {
  test("do not move the risk-averse", () => {
    expect(frontAfter("riskAverse", 30)).toBe(30);
    expect(frontAfter("riskAverse", 70)).toBe(70);
  });

  test("in the front half the logarithm hopes most, in the rear half the third power", () => {
    const near = MODELS.map((model) => frontAfter(model, 30));
    const far = MODELS.map((model) => frontAfter(model, 70));
    expect(Math.min(...near)).toBe(near[3]);
    expect(Math.min(...far)).toBe(far[2]);
  });

  test("at the very end of the queue all come from in front", () => {
    const one = queue("power2", 100);
    expect(one.depth(100, 60).front).toBe(60);
  });

  test("the only order left does not wait", () => {
    const one = queue("log", 0);
    expect(one.depth(0, 0)).toEqual({ front: 0, filled: 0 });
  });
});

describe("bad sizes", () => {
  const good = { model: "riskAverse", front: 1, qty: 1, lot: 1 } as const;
  test.each([
    ["a negative front", () => new MakerQueue({ ...good, front: -1 })],
    ["a size that is no number", () => new MakerQueue({ ...good, qty: Number.NaN })],
    ["a lot of nothing", () => new MakerQueue({ ...good, lot: 0 })],
    ["a negative trade", () => queue("log").trade(-1)],
    ["a depth that is no number", () => queue("log").depth(1, Number.NaN)],
    ["a negative depth", () => queue("log").depth(-1, 1)],
  ])("%s", (_, act) => {
    expect(act).toThrow(RangeError);
  });
});
