import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type FeeSchedule, feeScheduleOf, fillFee } from "../../../../src/exchange/trading/fees.ts";

const QUADRATIC = feeScheduleOf({ feeType: "quadratic", feeMultiplier: 1 });
const WITH_MAKER = feeScheduleOf({ feeType: "quadratic_with_maker_fees", feeMultiplier: 1 });
const BROKER: FeeSchedule = { ...QUADRATIC, balanceQuantumUd: 10_000 };

function fee(
  priceCc: number,
  countCq: number,
  schedule = QUADRATIC,
  more: { side?: "bid" | "ask"; isTaker?: boolean } = {},
): number {
  const input = { side: "bid" as const, priceCc, countCq, isTaker: true, roundedUd: 0, ...more };
  return fillFee(input, schedule).feeUd;
}

// kalshi.md §5: count and price, then the fee of a direct member, of a broker, and of a maker at a quarter rate.
const TABLE: readonly (readonly [
  cq: number,
  cc: number,
  direct: number,
  broker: number,
  maker: number,
])[] = [
  [100, 5000, 17_500, 20_000, 4400],
  [100, 5200, 17_500, 20_000, 4400],
  [10_000, 5000, 1_750_000, 1_750_000, 437_500],
  [700, 3700, 114_300, 120_000, 28_600],
  [100, 100, 700, 10_000, 200],
  [25_000, 9300, 1_139_300, 1_140_000, 284_900],
  [10_000, 9530, 313_600, 320_000, 78_400],
  [1230, 3100, 184_200, 187_000, 46_100],
  [22_727, 10, 15_930, 22_730, 4030],
  [7194, 130, 64_780, 64_780, 16_280],
  [1, 9480, 120, 520, 120],
];

describe("the table of kalshi.md §5", () => {
  test.each(TABLE)("%d cq at %d cc", (cq, cc, ...fees) => {
    const [direct, broker, maker] = fees;
    expect(fee(cc, cq)).toBe(direct);
    expect(fee(cc, cq, BROKER)).toBe(broker);
    expect(fee(cc, cq, WITH_MAKER, { isTaker: false })).toBe(maker);
  });

  test("a multiplier of one half halves the model fee before it is rounded", () => {
    const half = feeScheduleOf({ feeType: "quadratic", feeMultiplier: 0.5 });
    expect(fee(5100, 100, half)).toBe(8800);
  });

  test("a maker of a quadratic series pays nothing for whole contracts", () => {
    expect(fee(5200, 10_000, QUADRATIC, { isTaker: false })).toBe(0);
  });

  test("buying YES at p and NO at 1 − p costs the same model fee", () => {
    expect(fee(5200, 300)).toBe(fee(4800, 300));
    expect(fee(5200, 300, QUADRATIC, { side: "ask" })).toBe(fee(4800, 300));
  });

  test("a sale is rounded so that the proceeds land on $0.0001 from above", () => {
    // 227.27 at $0.001 bring $0.22727; minus $0.0159 that is $0.21137, booked as $0.2113.
    expect(fee(10, 22_727, QUADRATIC, { side: "ask" })).toBe(15_970);
  });

  test("an unknown fee type is not guessed", () => {
    expect(() => feeScheduleOf({ feeType: "flat", feeMultiplier: 1 })).toThrow("flat");
  });
});

/** Fees of many equal broker fills of one order. */
function feesOf(fills: number, schedule: FeeSchedule): { fees: number[]; roundedUd: number } {
  const fees: number[] = [];
  let roundedUd = 0;
  for (let fill = 0; fill < fills; fill++) {
    const input = { side: "bid" as const, priceCc: 5200, countCq: 100, isTaker: true };
    const answer = fillFee({ ...input, roundedUd }, schedule);
    fees.push(answer.feeUd);
    roundedUd = answer.roundedUd;
  }
  return { fees, roundedUd };
}

describe("rounding fees are paid back per order", () => {
  test("in whole cents as soon as more than a cent has gathered", () => {
    // Each fill rounds $0.0025: after four there is exactly a cent, after five more than one.
    const { fees, roundedUd } = feesOf(5, BROKER);
    expect(fees).toEqual([20_000, 20_000, 20_000, 20_000, 10_000]);
    expect(roundedUd).toBe(2500);
  });

  test("never more than the fee of the fill itself", () => {
    const input = { side: "bid" as const, priceCc: 100, countCq: 100, isTaker: true };
    const answer = fillFee({ ...input, roundedUd: 50_000 }, QUADRATIC);
    expect(answer).toEqual({ feeUd: 700, roundedUd: 50_000 });
  });
});

interface RecordedFill {
  readonly ticker: string;
  readonly book_side: "bid" | "ask";
  readonly yes_price_dollars: string;
  readonly count_fp: string;
  readonly is_taker: boolean;
  readonly fee_cost: string;
}

// The recordings are shared between projects and are not part of the repository.
const file = path.resolve(
  import.meta.dirname,
  "../../../../../shared/data/kalshi/rest-shapes-prod/portfolio_fills_redacted.json",
);
const fills: readonly RecordedFill[] = existsSync(file)
  ? JSON.parse(readFileSync(file, "utf8")).payload.fills
  : [];

function scaled(text: string, scale: number): number {
  return Math.round(Number(text) * scale);
}

describe.skipIf(fills.length === 0)(
  "production fills of August 2026 (needs ../shared/data)",
  () => {
    test("there are 33", () => {
      expect(fills).toHaveLength(33);
    });

    test.each(fills)("$count_fp at $yes_price_dollars cost $fee_cost", (fill) => {
      const feeMultiplier = fill.ticker.startsWith("KXMLB") ? 0.5 : 1;
      const schedule = feeScheduleOf({ feeType: "quadratic", feeMultiplier });
      const { feeUd } = fillFee(
        {
          side: fill.book_side,
          priceCc: scaled(fill.yes_price_dollars, 10_000),
          countCq: scaled(fill.count_fp, 100),
          isTaker: fill.is_taker,
          roundedUd: 0,
        },
        schedule,
      );
      expect(feeUd).toBe(scaled(fill.fee_cost, 1_000_000));
    });
  },
);
