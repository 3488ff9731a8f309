import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BacktestFacts,
  backtestReport,
  renderBacktest,
} from "../../../src/app/backtest-report.ts";
import { wrapped } from "../../../src/app/backtest-words.ts";
import type { CommandContext } from "../../../src/app/context.ts";
import { createContext } from "../../../src/cli/context.ts";
import type { ClosedTrade } from "../../../src/core/performance/trade.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { aTrade, closeOf, dollars } from "../../support/closed-trades.ts";

const HOUR_MS = 3_600_000;
const START_MS = closeOf(0) - 900_000;

function contextOf(isTty: boolean): CommandContext {
  return createContext(
    {
      env: { NO_COLOR: "1" },
      cwd: "/w",
      homeDir: "/h",
      version: "1.2.3",
      isTty: { stdout: isTty, stderr: false },
      terminal: { columns: () => 80, rows: () => 24, onResize: () => () => {} },
      signal: new AbortController().signal,
      stopCode: () => null,
      monoMs: () => 0,
      stdout: () => {},
      stderr: () => {},
      readText: async () => null,
    },
    {
      command: "backtest",
      globals: {},
      flags: [],
      execute: () => Promise.reject(new Error("no")),
    },
  );
}

const PIPE = contextOf(false);

/** Ten contracts a window at 50 cents, of which the given share wins. */
function trades(count: number, share: number, seed = 1): readonly ClosedTrade[] {
  const rng = mulberry32(seed);
  return Array.from({ length: count }, (_, window) => {
    const pnl = rng.next() < share ? 4.8 : -5.2;
    return aTrade({
      window,
      contracts: 10,
      paid: 5,
      fees: 0.2,
      pnl,
      pessimistic: Math.min(pnl, 0),
    });
  });
}

function facts(parts: Partial<BacktestFacts> = {}): BacktestFacts {
  return {
    source: "data/kbt.sqlite",
    version: "0.1.0",
    strategies: ["threshold-ev"],
    fill: "expected",
    seed: 1,
    asked: null,
    coverage: [
      {
        source: "run 3",
        fromMs: START_MS,
        toMs: START_MS + 10 * HOUR_MS,
        events: 52_000,
        gaps: 0,
        gapMs: 0,
        windows: 40,
      },
    ],
    bankroll: dollars(100),
    trades: trades(40, 0.5),
    marks: [],
    holdOutShare: null,
    evaluations: 1_000,
    reasons: [
      { reason: "edge", count: 40 },
      { reason: "ev_below_min", count: 960 },
    ],
    scores: null,
    variants: [],
    exits: [],
    ...parts,
  };
}

async function textOf(parts: Partial<BacktestFacts> = {}, ctx = PIPE): Promise<string> {
  return renderBacktest(ctx, backtestReport(facts(parts)));
}

const mark = (minutes: number, equity: number) => ({
  atMs: START_MS + minutes * 60_000,
  equity: dollars(equity),
});

describe("text of a backtest", () => {
  test("begins with where it comes from, and says what was traded and why not more", async () => {
    const text = await textOf();
    expect(text.split("\n").slice(0, 8)).toEqual([
      "backtest of data/kbt.sqlite",
      "2026-11-01 00:00 to 2026-11-01 10:00 UTC, 52000 events, 40 windows",
      "threshold-ev; expected fills, kbt 0.1.0, seed 1",
      "recording  from UTC     to UTC       events  windows  gaps  of time",
      "run 3      11-01 00:00  11-01 10:00     52k       40     0",
      "recorded 10h00m, without a gap",
      "1000 evaluations: 96.0% ev_below_min, 4.0% edge (traded)",
      "",
    ]);
    expect(text).toContain("With 40 only an edge of 20\ncents a contract");
    expect(text).toMatch(/ all +first 70% +last 30%\n/);
    expect(text).toMatch(/^trades +40 +28 +12$/m);
    expect(text).toMatch(/^to break even +52\.0% +52\.0% +52\.0%$/m);
    expect(text).toContain("The parts meet at 2026-11-01 07:00 UTC.");
  });

  test("intervals of a part that is too small are left out, those of the whole are not", async () => {
    const lines = (await textOf()).split("\n");
    const winRate = lines.find((line) => line.startsWith("95% interval"));
    expect(winRate).toMatch(/^95% interval +\d+\.\d to \d+\.\d% +\d+\.\d to \d+\.\d% +-$/);
  });

  test.each([
    [1, "TOO LITTLE TO SAY ANYTHING: 1 window was traded"],
    [19, "TOO LITTLE TO SAY ANYTHING: 19 windows were traded"],
  ])("of %d windows says in words that it is too little", async (count, words) => {
    const text = await textOf({ trades: trades(count, 0.9) });
    expect(text).toContain(words);
    expect(text).toMatch(/^95% interval[ -]+$/m);
    expect(text).not.toMatch(/^95% interval.*\d to/m);
  });

  test("without a trade, a recording and an evaluation there is no table of nothing", async () => {
    const text = await textOf({ trades: [], coverage: [], evaluations: 0, reasons: [] });
    expect(text).toContain("nothing was recorded of what was asked for\n");
    expect(text).toContain("nothing was evaluated\n");
    expect(text).toContain("nothing was traded\n");
    expect(text).not.toContain("win rate");
  });

  test("holes are measured against what was asked for, overlaps once", async () => {
    const asked = { fromMs: START_MS, toMs: START_MS + 20 * HOUR_MS };
    const row = { events: 1, gaps: 2, gapMs: 90_000, windows: 1 };
    const coverage = [
      { ...row, source: "b", fromMs: START_MS + 4 * HOUR_MS, toMs: START_MS + 8 * HOUR_MS },
      { ...row, source: "a", fromMs: START_MS - HOUR_MS, toMs: START_MS + 6 * HOUR_MS },
      { ...row, source: "c", fromMs: START_MS + 18 * HOUR_MS, toMs: START_MS + 30 * HOUR_MS },
    ];
    const report = backtestReport(facts({ asked, coverage }));
    expect(report.coverage).toMatchObject({ recorded_ms: 10 * HOUR_MS, gaps: 6, gap_ms: 270_000 });
    expect((await renderBacktest(PIPE, report)).replaceAll(/\s+/g, " ")).toContain(
      "asked for 2026-11-01 00:00 to 2026-11-01 20:00 UTC, 20h00m; recorded 10h00m of it (50.0%), with 6 gaps of 4m30s in all",
    );
  });

  test("baselines are compared on the same rows only", async () => {
    const scores = {
      model: { name: "model", brier: 0.2, logLoss: 0.6, n: 50 },
      baselines: [
        { name: "market mid", brier: 0.19, logLoss: 0.59, n: 50 },
        { name: "always NO", brier: 0.5, logLoss: 3.4, n: 50 },
        { name: "base rate", brier: 0.25, logLoss: 0.69, n: 49 },
      ],
    };
    const text = await textOf({ scores });
    expect(text).toMatch(/^market mid +50 +0\.1900 +0\.5900 +-0\.0100$/m);
    expect(text).toMatch(/^always NO +50 +0\.5000 +3\.4000 +\+0\.3000$/m);
    expect(text).toMatch(/^base rate +49 .* other rows$/m);
  });

  test("the curve is drawn with its first, lowest, highest and last", async () => {
    const marks = [mark(0, 100), mark(36, 80), mark(72, 120)];
    const { equity } = backtestReport(facts({ marks }));
    expect(equity?.line).toBe(`${"▅".repeat(35)}${"▁".repeat(36)}█`);
    const text = await textOf({ marks });
    expect(text).toMatch(/^equity +\$100\.00 +\$80\.00 +\$120\.00 +\$120\.00$/m);
    expect(text).toMatch(/^UTC +11-01 00:00 +11-01 00:36 +11-01 01:12 +11-01 01:12$/m);
  });
});

const variant = (name: string, of: readonly ClosedTrade[]) => ({ name, trades: of, marks: [] });

async function sweepText(variants: BacktestFacts["variants"]): Promise<string> {
  return (await textOf({ variants })).replaceAll(/\s+/g, " ");
}

describe("sweep in words", () => {
  test("the luckiest of twelve worthless ones is no evidence", async () => {
    const variants = Array.from({ length: 12 }, (_, at) =>
      variant(`ev_min=${at}`, trades(100, 0.52, 40 + at)),
    );
    const text = await sweepText(variants);
    expect(text).toMatch(
      /The best of 12 variants, ev_min=\d+, earned \$[\d.]+ \([\d.]+c a contract, -[\d.]+ to [\d.]+c when 12 are allowed for\); chance alone does this in \d+% of cases: no evidence\./,
    );
    expect(text).toMatch(/Chosen on the windows up to 2026-11-01 17:30 UTC, ev_min=\d+ then made/);
  });

  test("a real edge is told from it, and holds up", async () => {
    const variants = [
      ...Array.from({ length: 5 }, (_, at) => variant(`ev_min=${at}`, trades(200, 0.5, 40 + at))),
      variant("ev_min=9", trades(200, 0.75, 9)),
    ];
    const text = await sweepText(variants);
    expect(text).toContain("The best of 6 variants, ev_min=9, earned");
    expect(text).toContain("of cases: evidence, if these were all that was ever tried.");
    expect(text).toContain("ev_min=9 then made");
    expect(text).toContain("it held up.");
  });

  test.each([
    ["few windows", trades(12, 0.9), "Only 12 windows were traded: too few to tell"],
    ["losses all over", trades(60, 0.2), "Of 1 variant none earned anything"],
    ["no trade", [], "Only 0 windows were traded"],
  ])("%s", async (_, of, words) => {
    expect(await sweepText([variant("a", of)])).toContain(words);
  });

  test("a large grid is cut to the best in the text and whole in the document", async () => {
    const variants = Array.from({ length: 31 }, (_, at) =>
      variant(`ev_min=0.0${at}`, trades(25, 0.5, at)),
    );
    const report = backtestReport(facts({ variants }));
    expect(report.sweep?.cells.map(({ name }) => name)).toEqual(variants.map(({ name }) => name));
    expect(await renderBacktest(PIPE, report)).toContain("11 more that earned less");
  });
});

describe("exits", () => {
  const held = trades(60, 0.5);
  const cheaper = held.map((trade) =>
    trade.pnl < 0 ? { ...trade, pnl: dollars(-3), exit: "stop25" } : trade,
  );

  test("are compared with the first by window", async () => {
    const exits = [
      { exit: "hold", trades: held },
      { exit: "stop25", trades: cheaper },
    ];
    const losses = held.filter(({ pnl }) => pnl < 0).length;
    const { exits: data } = backtestReport(facts({ exits }));
    expect(data?.exits[1]?.difference).toMatchObject({
      pnl: (losses * 2.2).toFixed(6),
      unpaired_windows: 0,
    });
    expect(await textOf({ exits })).toMatch(/^stop25 +60 .* \d+\.\d\d to \d+\.\d\d$/m);
  });

  test("that do the same do not differ; one alone is no comparison", async () => {
    const same = [
      { exit: "hold", trades: held },
      { exit: "stop99", trades: held },
    ];
    expect(await textOf({ exits: same })).toContain("No exit differs from hold");
    expect(backtestReport(facts({ exits: same.slice(0, 1) })).exits).toBeNull();
  });
});

test("the document has money as decimals, times twice, and nothing that JSON would lose", () => {
  const report = backtestReport(
    facts({ variants: [{ name: "a", trades: trades(30, 0.6), marks: [] }] }),
  );
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report.metrics).toMatchObject({ contracts: "400.00", bought: "200.000000" });
  expect(report.hold_out).toMatchObject({
    boundary: "2026-11-01T07:00:00.000Z",
    boundary_ms: closeOf(27),
  });
});

const anything = fc.record({
  count: fc.integer({ min: 0, max: 45 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  scale: fc.constantFrom(1, 100, 100_000),
  name: fc.string({ maxLength: 120 }),
  isTty: fc.boolean(),
});

test("whatever it is about, no line is wider than a terminal, and none says NaN", async () => {
  await fc.assert(
    fc.asyncProperty(anything, async ({ count, isTty, name, scale, share }) => {
      const of = trades(count, share).map((trade) => ({
        ...trade,
        pnl: dollars((trade.pnl / 1e6) * scale),
        qty: (trade.qty * scale) as typeof trade.qty,
        paid: dollars((trade.paid / 1e6) * scale),
      }));
      const text = await textOf(
        {
          source: name,
          strategies: [name, name],
          trades: of,
          bankroll: dollars(scale),
          asked: { fromMs: START_MS, toMs: START_MS + 400 * HOUR_MS },
          coverage: facts().coverage.map((row) => ({
            ...row,
            source: name,
            events: 123_456_789 * scale,
          })),
          reasons: [{ reason: name, count: 10 }],
          scores: { model: { name, brier: 1, logLoss: 6.9, n: 1e7 }, baselines: [] },
          variants: ["a", name].map((each) => ({ name: each, trades: of, marks: [] })),
          exits: [name, `${name}b`].map((exit) => ({ exit, trades: of })),
        },
        contextOf(isTty),
      );
      for (const line of text.split("\n")) {
        expect(line.length, line).toBeLessThanOrEqual(80);
      }
      expect(text.replaceAll(name, "")).not.toMatch(/NaN|undefined|Infinity/);
    }),
    { numRuns: 25 },
  );
});

describe("wrapping", () => {
  test("keeps every word, and sets in what follows", () => {
    const words = Array.from({ length: 60 }, (_, at) => `word${at}`).join(" ");
    const text = wrapped(words, "  ");
    expect(
      text
        .split("\n")
        .slice(1, -1)
        .every((line) => line.startsWith("  word")),
    ).toBe(true);
    expect(text.trimEnd().replaceAll("\n  ", " ")).toBe(words);
  });

  test("breaks a word that is longer than a line", () => {
    expect(
      wrapped("x".repeat(100))
        .split("\n")
        .map((line) => line.length),
    ).toEqual([80, 20, 0]);
  });
});
