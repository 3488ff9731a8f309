import { describe, expect, test } from "vitest";
import { compareExits } from "../../../../src/core/performance/exit-comparison.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { aTrade, dollars } from "../../../support/closed-trades.ts";

const OPTIONS = { B: 500, alpha: 0.05, seed: 11 };

describe("exits compared", () => {
  const hold = {
    exit: "hold",
    trades: [
      aTrade({ window: 0, contracts: 10, pnl: 5 }),
      aTrade({ window: 1, contracts: 10, pnl: -5 }),
    ],
  };
  const stop = {
    exit: "stop25",
    trades: [
      aTrade({ window: 0, contracts: 10, pnl: 5 }),
      aTrade({ window: 1, contracts: 10, pnl: -2, exit: "stop25" }),
    ],
  };

  test("by hand: a stop that saved three dollars of twenty contracts", () => {
    const [held, stopped] = compareExits([hold, stop], "hold", OPTIONS);
    expect(held).toMatchObject({ exit: "hold", trades: 2, pnl: 0, difference: null });
    expect(stopped).toMatchObject({ pnl: dollars(3), perContract: { mean: dollars(0.15) } });
    expect(stopped?.difference).toMatchObject({
      total: dollars(3),
      perContract: { mean: dollars(0.15), bounds: { lower: 0, upper: dollars(0.3) } },
      unpaired: 0,
    });
  });

  test("luck that both share is not in the difference", () => {
    const rng = mulberry32(4);
    const pnls = Array.from({ length: 60 }, () => (rng.next() < 0.5 ? 0.5 : -0.5));
    const trades = (cost: number) => pnls.map((pnl, window) => aTrade({ window, pnl: pnl - cost }));
    const [, dear] = compareExits(
      [
        { exit: "hold", trades: trades(0) },
        { exit: "dear", trades: trades(0.02) },
      ],
      "hold",
      OPTIONS,
    );
    const own = dear?.perContract?.bounds;
    expect((own?.upper ?? 0) - (own?.lower ?? 0)).toBeGreaterThan(dollars(0.2));
    const bounds = dear?.difference?.perContract?.bounds;
    expect(bounds).toMatchObject({ lower: dollars(-0.02), upper: dollars(-0.02), pOneSided: 1 });
  });

  test("windows with other entries are counted", () => {
    const more = [...stop.trades, aTrade({ window: 2, pnl: 1 })];
    const [, stopped] = compareExits([hold, { exit: "stop25", trades: more }], "hold", OPTIONS);
    expect(stopped?.difference).toMatchObject({ unpaired: 1, total: dollars(4) });
  });

  test("beside an exit that never traded there is no difference", () => {
    const [, stopped] = compareExits([{ exit: "hold", trades: [] }, stop], "hold", OPTIONS);
    expect(stopped?.difference).toBeNull();
  });

  test("refuses a base that is not there", () => {
    expect(() => compareExits([stop], "hold", OPTIONS)).toThrow("hold");
  });
});
