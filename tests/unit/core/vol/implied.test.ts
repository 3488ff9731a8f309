import path from "node:path";
import { describe, expect, test } from "vitest";
import { fitLadders, hasLadders } from "../../../../scripts/measure/ladders.ts";
import { probAbove } from "../../../../src/core/prob/settlement.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import {
  type ImpliedShape,
  type IntervalQuote,
  impliedFromLadder,
  impliedFromThreshold,
} from "../../../../src/core/vol/implied.ts";

const DATA = path.resolve(import.meta.dirname, "../../../../../shared/data");
const LAWS: readonly ImpliedShape[] = [
  { shape: "student", nu: 4 },
  { shape: "student", nu: 6.5 },
  { shape: "normal", nu: 4 },
];
const STUDENT: ImpliedShape = { shape: "student", nu: 4 };

interface Event {
  readonly spotUsd: number;
  readonly sigma: number;
  readonly tauS: number;
  readonly law: ImpliedShape;
  readonly widthUsd: number;
}

function above({ spotUsd, sigma, tauS, law }: Event, strike: number): number {
  return probAbove({ S: spotUsd, sigma, K: strike, tau: tauS, ...law });
}

/** Brackets and both open tails around spot, quoted a cent on each side of the model and rounded outward to `tick`. */
function ladder(event: Event, tick = 0): IntervalQuote[] {
  const middle = Math.round(event.spotUsd / event.widthUsd) * event.widthUsd;
  const bounds = Array.from({ length: 41 }, (_, k) => middle + (k - 20) * event.widthUsd);
  return [null, ...bounds].map((floorUsd, k) => {
    const capUsd = bounds[k] ?? null;
    const p =
      (floorUsd === null ? 1 : above(event, floorUsd)) -
      (capUsd === null ? 0 : above(event, capUsd));
    return { floorUsd, capUsd, ...quoted(p, tick) };
  });
}

function quoted(p: number, tick: number): { readonly bid: number | null; readonly ask: number } {
  if (tick === 0) return { bid: Math.max(1e-9, p - 1e-6), ask: p + 1e-6 };
  const bid = Math.floor(p / tick) * tick;
  return { bid: bid > 0 ? bid : null, ask: Math.ceil(p / tick) * tick };
}

const EVENTS: readonly Omit<Event, "law">[] = [
  { spotUsd: 62_988, sigma: 0.5e-4, tauS: 2_160, widthUsd: 100 },
  { spotUsd: 118_040, sigma: 0.9e-4, tauS: 3_500, widthUsd: 250 },
  { spotUsd: 1_734, sigma: 0.8e-4, tauS: 1_200, widthUsd: 2 },
  { spotUsd: 62_911, sigma: 1.5e-4, tauS: 61, widthUsd: 20 },
];

describe.each(LAWS)("a ladder priced by $shape $nu", (law) => {
  test.each(EVENTS)("gives its volatility back: $spotUsd at $tauS s", (event) => {
    const { implied, reason } = impliedFromLadder({
      quotes: ladder({ ...event, law }),
      tauS: event.tauS,
      law,
    });
    expect(reason).toBeNull();
    expect(implied?.sigma ?? 0).toBeCloseTo(event.sigma, 9);
    expect(implied?.meanUsd ?? 0).toBeCloseTo(event.spotUsd, 1);
    expect(implied?.rmseCents).toBeLessThan(1e-3);
  });

  test("rounded to cents it comes within a few percent", () => {
    const rng = mulberry32(1);
    for (let i = 0; i < 40; i++) {
      const event = {
        spotUsd: 60_000 + 100 * rng.next(),
        sigma: (0.4 + rng.next()) * 1e-4,
        tauS: 900 + 2_700 * rng.next(),
        widthUsd: 100,
      };
      const { implied } = impliedFromLadder({
        quotes: ladder({ ...event, law }, 0.01),
        tauS: event.tauS,
        law,
      });
      expect(Math.abs((implied?.sigma ?? 0) / event.sigma - 1)).toBeLessThan(0.06);
      expect(implied?.rmseCents).toBeLessThan(0.5);
    }
  });

  test("thresholds say the same as brackets", () => {
    const event: Event = { spotUsd: 62_988, sigma: 0.5e-4, tauS: 2_160, widthUsd: 100, law };
    const quotes = Array.from({ length: 9 }, (_, k) => {
      const floorUsd = 62_600 + 100 * k;
      const p = above(event, floorUsd);
      return { floorUsd, capUsd: null, bid: p - 0.005, ask: p + 0.005 };
    });
    const { implied } = impliedFromLadder({ quotes, tauS: event.tauS, law });
    expect(implied?.sigma ?? 0).toBeCloseTo(event.sigma, 9);
    // A normal law leaves nothing to bid for at both ends.
    expect(implied?.used).toBeGreaterThanOrEqual(7);
  });
});

describe("what is not believed", () => {
  const event: Event = { ...EVENTS[0]!, law: STUDENT };
  const quotes = ladder(event, 0.01);
  const { tauS, law } = event;

  test.each([
    ["the averaging minute", { tauS: 59.9 }, "inside_minute"],
    ["no time", { tauS: Number.NaN }, "bad_input"],
    ["a law without variance", { law: { shape: "student", nu: 2 } }, "bad_input"],
    ["nobody on one side", { quotes: quotes.map((q) => ({ ...q, bid: null })) }, "too_few_quotes"],
    ["no quotes", { quotes: [] }, "too_few_quotes"],
    [
      "half of the ladder not quoted yet",
      { quotes: quotes.map((q) => ((q.floorUsd ?? 0) < 63_000 ? { ...q, bid: null } : q)) },
      "mids_sum",
    ],
    ["everything dear", { quotes: quotes.map((q) => ({ ...q, bid: 0.08, ask: 0.1 })) }, "mids_sum"],
    [
      "a bracket without ends",
      { quotes: [...quotes, { floorUsd: null, capUsd: null, bid: 0.4, ask: 0.5 }] },
      "bad_input",
    ],
    [
      "ends the wrong way round",
      { quotes: [...quotes, { floorUsd: 2, capUsd: 1, bid: 0.4, ask: 0.5 }] },
      "bad_input",
    ],
    [
      "thresholds that all cost the same",
      {
        quotes: [1, 2, 3].map((k) => ({ floorUsd: 60_000 * k, capUsd: null, bid: 0.4, ask: 0.6 })),
      },
      "no_fit",
    ],
  ] as const)("%s", (_, change, reason) => {
    const answer = impliedFromLadder({ quotes, tauS, law, ...change });
    expect(answer).toEqual({ implied: null, reason });
  });

  test("crossed quotes and prices that are none are left out", () => {
    const clean = impliedFromLadder({ quotes, tauS, law });
    const wrong = [
      { bid: 0.6, ask: 0.5 },
      { bid: Number.NaN, ask: 0.5 },
      { bid: 0.5, ask: Number.NaN },
      { bid: 0.5, ask: 1 },
    ].map((touch) => ({ floorUsd: 10, capUsd: 20, ...touch }));
    expect(impliedFromLadder({ quotes: [...wrong, ...quotes], tauS, law })).toEqual(clean);
  });

  /** Relative error of sigma when one bracket is quoted 6 cents too high. */
  function spoilt(touch: Partial<IntervalQuote>): number {
    const off = quotes.map((q) =>
      q.floorUsd === 63_200 ? { ...q, bid: 0.1, ask: 0.14, ...touch } : q,
    );
    const { implied } = impliedFromLadder({ quotes: off, tauS, law });
    return Math.abs((implied?.sigma ?? Number.NaN) / event.sigma - 1);
  }

  test("wide and thin quotes count less", () => {
    expect(spoilt({ bid: 0.02, ask: 0.22 })).toBeLessThan(spoilt({}));
    expect(spoilt({ size: 1 })).toBeLessThan(spoilt({}));
    expect(spoilt({ size: 0 })).toBeLessThan(0.05);
  });
});

describe("one threshold", () => {
  const rng = mulberry32(4);
  test.each(LAWS)("gives the volatility of $shape $nu back on both sides of the money", (law) => {
    for (let i = 0; i < 200; i++) {
      const event: Event = {
        spotUsd: 60_000,
        sigma: (0.3 + 3 * rng.next()) * 1e-4,
        tauS: 61 + 3_600 * rng.next(),
        widthUsd: 100,
        law,
      };
      const sd = event.sigma * Math.sqrt(event.tauS - 39.5);
      const strikeUsd =
        60_000 * Math.exp((rng.next() < 0.5 ? 1 : -1) * sd * (0.2 + 2 * rng.next()));
      const { implied } = impliedFromThreshold({ ...event, p: above(event, strikeUsd), strikeUsd });
      expect((implied ?? 0) / event.sigma).toBeCloseTo(1, 6);
    }
  });

  const at = { p: 0.7, strikeUsd: 59_900, spotUsd: 60_000, tauS: 900, law: STUDENT };
  test.each([
    ["the averaging minute", { tauS: 30 }, "inside_minute"],
    ["spot above, price below a half", { p: 0.4 }, "wrong_side"],
    ["spot below, price above a half", { strikeUsd: 60_100 }, "wrong_side"],
    ["a price of a half", { p: 0.5 }, "at_the_money"],
    ["spot at the strike", { strikeUsd: 60_000 }, "at_the_money"],
    [
      "a strike so far above that no volatility makes it so likely",
      { p: 0.45, strikeUsd: 70_000 },
      "no_fit",
    ],
    ["certainty", { p: 1 }, "bad_input"],
    ["no spot", { spotUsd: Number.NaN }, "bad_input"],
    ["an infinite strike", { strikeUsd: Number.POSITIVE_INFINITY }, "bad_input"],
  ] as const)("%s: no answer", (_, change, reason) => {
    expect(impliedFromThreshold({ ...at, ...change })).toEqual({ implied: null, reason });
  });
});

describe.skipIf(!hasLadders(DATA))("the recorded hourly ladders", () => {
  test("KXBTC: nearly all fit, Student-t better where there are brackets enough to tell", () => {
    const fitted = fitLadders(DATA, "KXBTC");
    const both = fitted.flatMap(({ tauS, student, normal }) =>
      student.implied !== null && normal.implied !== null
        ? [{ tauS, student: student.implied, normal: normal.implied }]
        : [],
    );
    expect(both.length).toBeGreaterThan(0.9 * fitted.length);
    const early = both.filter(({ tauS }) => tauS > 1_500);
    const better = early.filter(({ student, normal }) => student.rmseCents < normal.rmseCents);
    expect(better.length).toBeGreaterThan(0.8 * early.length);
    for (const { student } of both) {
      expect(student.sigma).toBeGreaterThan(0.1e-4);
      expect(student.sigma).toBeLessThan(5e-4);
      expect(student.rmseCents).toBeLessThan(5);
    }
  });

  test("KXETH: its brackets are too wide for most snapshots, and that is said", () => {
    const fitted = fitLadders(DATA, "KXETH");
    for (const { quotes, student } of fitted) {
      const twoSided = quotes.filter(({ bid, ask }) => bid !== null && ask !== null);
      if (twoSided.length < 3)
        expect(["too_few_quotes", "inside_minute"]).toContain(student.reason);
      if (student.implied !== null) expect(student.implied.sigma).toBeGreaterThan(0);
    }
    expect(fitted.filter(({ student }) => student.implied !== null).length).toBeGreaterThan(20);
  });
});

if (!hasLadders(DATA)) process.stderr.write(`SKIPPED: no recorded ladders below ${DATA}\n`);
