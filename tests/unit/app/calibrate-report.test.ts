import { expect, test } from "vitest";
import { renderCalibration } from "../../../src/app/calibrate-report.ts";
import { calibrationReport } from "../../../src/core/calibration/report.ts";
import { DEFAULT_PROOF_OPTIONS, proofOf } from "../../../src/core/proof/prove.ts";
import { ledgerContext } from "../../support/ledger-context.ts";
import { proofWorld } from "../../support/proof-world.ts";

test("the table of tenths is of the newest version, and what pools all versions says so", async () => {
  const rows = proofWorld({ count: 40, right: "model", seed: 3 }).map((row, i, { length }) => ({
    ...row,
    runId: i < length / 2 ? 1 : 2,
  }));
  const none = { evaluated: 0, with_probability: 0, at_decision_time: 0 };
  const coverage = { settledMarkets: 0, settledWindows: 0, markets: 0 };
  const input = {
    forecaster: "model",
    rows,
    filled: [],
    realised: [],
    isReplay: false,
    counts: none,
    coverage: { ...coverage, leftOut: [] },
  };
  const { ctx } = ledgerContext("unread.sqlite", false);
  const options = { ...DEFAULT_PROOF_OPTIONS, draws: 20, resamples: 20 };
  const shown = (versionOf: ReadonlyMap<number, string>) => {
    const proof = proofOf({ ...input, versionOf }, options);
    const text = renderCalibration(ctx, {
      coverage: { ...coverage, evaluations: rows.length, withModel: rows.length },
      decisions: [],
      report: calibrationReport(rows),
      proof,
    });
    return { proof, text };
  };
  const { proof, text } = shown(
    new Map([
      [1, "first"],
      [2, "second"],
    ]),
  );
  const tenths = [...(await text).matchAll(/^\d+-\d+% +(\d+) /gm)].map(([, count]) =>
    Number(count),
  );
  expect(tenths.reduce((sum, count) => sum + count, 0)).toBe(proof.universes.all.rows);
  expect(proof.universes.all.rows).toBeLessThan(rows.length);
  expect(await text).toContain("to beat as well on the rows of all 2 versions:\nalways NO, Brier");
  const single = shown(new Map([1, 2].map((run) => [run, "only"])));
  expect(await single.text).toContain("to beat as well: always NO, Brier");
});
