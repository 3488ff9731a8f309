import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partsOf, performanceOfParts, splitOf } from "../../../../src/core/performance/hold-out.ts";
import { DEFAULT_EVIDENCE } from "../../../../src/core/performance/performance.ts";
import { aTrade, closeOf, dollars, QUARTER_MS } from "../../../support/closed-trades.ts";

const tenWindows = Array.from({ length: 10 }, (_, at) => aTrade({ window: at, pnl: at }));

describe("hold-out", () => {
  test.each([
    ["three of ten by default", 10, undefined, 7],
    ["half", 10, 0.5, 5],
    ["at least one", 10, 0.01, 9],
    ["never all", 10, 0.99, 1],
    ["one of two", 2, 0.3, 1],
  ])("%s", (_, count, share, fitWindows) => {
    const split = splitOf(tenWindows.slice(0, count), share);
    expect(split?.boundaryMs).toBe(closeOf(fitWindows - 1));
  });

  test("of fewer than two windows there is none", () => {
    expect(splitOf([])).toBeNull();
    expect(splitOf([aTrade({ window: 0, pnl: 1 }), aTrade({ window: 0, pnl: 2 })])).toBeNull();
  });

  test.each([0, 1, Number.NaN])("refuses a share of %d", (share) => {
    expect(() => splitOf(tenWindows, share)).toThrow("share");
  });

  test("an event that was traded on both sides is in neither part", () => {
    const early = 3 * QUARTER_MS;
    const hourly = [
      aTrade({ window: 9, event: "KXBTCD-1", pnl: 1, openedBeforeMs: early }),
      aTrade({ window: 9, event: "KXBTCD-1", pnl: 1 }),
    ];
    const trades = [...tenWindows, ...hourly];
    const split = splitOf(trades) ?? expect.fail();
    expect([...split.straddling]).toEqual(["KXBTCD-1"]);
    const { fit, holdOut } = partsOf(trades, split);
    expect(fit.map(({ pnl }) => pnl / 1e6)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(holdOut.map(({ pnl }) => pnl / 1e6)).toEqual([7, 8, 9]);
  });

  test("the second part begins with what the first left", () => {
    const split = splitOf(tenWindows) ?? expect.fail();
    const options = { ...DEFAULT_EVIDENCE, B: 50, seed: 1, bankroll: dollars(100), marks: [] };
    const { fit, holdOut } = performanceOfParts(tenWindows, split, options);
    expect([fit.pnl, holdOut.pnl]).toEqual([dollars(21), dollars(24)]);
    expect(fit.averageEquity).toBeGreaterThan(dollars(100));
    expect(holdOut.averageEquity).toBeGreaterThan(dollars(121));
    const marks = [0, 5, 7, 9].map((at) => ({ atMs: closeOf(at), equity: dollars(200 - at) }));
    const marked = performanceOfParts(tenWindows, split, { ...options, marks });
    expect(marked.fit.drawdown?.amount).toBe(dollars(5));
    expect(marked.holdOut.drawdown?.amount).toBe(dollars(4));
  });

  test("never cuts an event, and nothing held out was open before the boundary", () => {
    const anyTrades = fc.array(
      fc
        .record({
          window: fc.integer({ min: 0, max: 30 }),
          event: fc.integer({ min: 0, max: 12 }).map((n) => `E${n}`),
          openedBeforeMs: fc.integer({ min: 0, max: 5 * QUARTER_MS }),
        })
        .map((parts) => aTrade({ ...parts, pnl: 1 })),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(anyTrades, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (trades, share) => {
        const split = splitOf(trades, share);
        if (split === null) return;
        const { fit, holdOut } = partsOf(trades, split);
        const events = new Set(fit.map(({ eventTicker }) => eventTicker));
        for (const { eventTicker, openedMs } of holdOut) {
          expect(events.has(eventTicker)).toBe(false);
          expect(openedMs).toBeGreaterThan(split.boundaryMs);
        }
        const dropped = trades.filter(({ eventTicker }) => split.straddling.has(eventTicker));
        expect(fit.length + holdOut.length + dropped.length).toBe(trades.length);
      }),
    );
  });
});
