import { describe, expect, test } from "vitest";
import { FitPace, renderFit, shortageText } from "../../../src/app/fit-report.ts";
import { ledgerContext } from "../../support/ledger-context.ts";

describe("pace of a fit", () => {
  test("says how fast, and how long this one still takes", () => {
    const pace = new FitPace(4);
    const job = { at: 1, name: "magnitude of BTC-USD" };
    expect(pace.line(job, { done: 0, total: 21 }, 5_000)).toBe(
      "fit 2/4 · magnitude of BTC-USD 0/21 steps",
    );
    expect(pace.line(job, { done: 6, total: 21 }, 8_000)).toBe(
      "fit 2/4 · magnitude of BTC-USD 6/21 steps, 2.0 a second, 8s left",
    );
  });

  test("the next fit starts its own count", () => {
    const pace = new FitPace(2);
    pace.line({ at: 0, name: "a" }, { done: 0, total: 5 }, 0);
    pace.line({ at: 0, name: "a" }, { done: 4, total: 5 }, 1_000);
    expect(pace.line({ at: 1, name: "b" }, { done: 0, total: 5 }, 90_000)).toBe(
      "fit 2/2 · b 0/5 steps",
    );
    expect(pace.line({ at: 1, name: "b" }, { done: 1, total: 61 }, 92_000)).toBe(
      "fit 2/2 · b 1/61 steps, 0.5 a second, 2m00s left",
    );
  });
});

test.each([
  ["direction", "BTC-USD direction: 3 usable quarters of an hour, 9 needed"],
  ["isotonic", "BTC-USD isotonic: 3 settled windows, 9 needed"],
] as const)("too little for %s", (kind, text) => {
  expect(shortageText({ scope: "BTC-USD", kind, have: 3, need: 9 })).toBe(text);
});

test("the text gives each verdict with its reason, range and version", async () => {
  const { ctx } = ledgerContext("unread.sqlite", false);
  const fold = { from_ms: 0, to_ms: 1, rows: 10, plain: 0.25 };
  const text = await renderFit(ctx, {
    models: [
      {
        model_id: 7,
        kind: "direction",
        scope: "BTC-USD",
        version: "0123456789ab",
        is_new: false,
        accepted: false,
        reason: "worse than a coin by 0.0010",
        rows: 2_880,
        train_from_ms: 0,
        train_from: "2026-11-01T00:15:00.000Z",
        train_to_ms: 0,
        train_to: "2026-11-30T23:45:00.000Z",
        score_name: "Brier",
        score_oos: 0.251,
        score_plain: 0.25,
        plains: [
          { name: "a coin", score: 0.25 },
          { name: "the base rate", score: 0.2502 },
        ],
        folds: [
          { ...fold, score: 0.2525 },
          { ...fold, score: 0.2495 },
        ],
      },
    ],
    short: [{ scope: "KXBTC15M", kind: "platt", have: 12, need: 100 }],
  });
  expect(
    text,
  ).toBe(`model      of       rows  score  out of sample    plain  folds             verdict
direction  BTC-USD  2880  Brier        0.25100  0.25000  0.24950..0.25250  refused
Lower is better; each part of a walk forward is examined on rows after those it was fitted on.

direction of BTC-USD REFUSED: worse than a coin by 0.0010
  2026-11-01T00:15Z to 2026-11-30T23:45Z, version 0123456789ab (model 7, stored before); a coin 0.25000, the base rate 0.25020
KXBTC15M platt: 12 settled windows, 100 needed
`);
});
