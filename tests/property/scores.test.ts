import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterMean, wilson } from "../../src/core/calibration/intervals.ts";
import { reliability } from "../../src/core/calibration/reliability.ts";
import { auc, brier, ece, logLoss, mean, murphy } from "../../src/core/calibration/scores.ts";

const forecasts = fc
  .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom<0 | 1>(0, 1)), {
    minLength: 1,
    maxLength: 100,
  })
  .map((rows) => ({ p: rows.map(([p]) => p), y: rows.map(([, y]) => y) }));

test("Brier is reliability − resolution + uncertainty with its within-bin terms", () => {
  fc.assert(
    fc.property(forecasts, (rows) => {
      const { rel, res, unc, wbv, wbc } = murphy({ ...rows, bins: 10 });
      expect(Math.abs(rel - res + unc + wbv - wbc - brier(rows))).toBeLessThan(1e-12);
    }),
  );
});

test("scores stay in range, and every row is in one reliability bin", () => {
  fc.assert(
    fc.property(forecasts, (rows) => {
      expect(brier(rows)).toBeLessThanOrEqual(1);
      expect(logLoss({ ...rows, eps: 1e-3 })).toBeLessThanOrEqual(Math.log(1000) + 1e-9);
      for (const kind of ["width", "mass"] as const) {
        const error = ece({ ...rows, bins: 10, kind });
        expect(error.ece).toBeLessThanOrEqual(error.mce + 1e-12);
        expect(error.mce).toBeLessThanOrEqual(1);
      }
      const area = auc(rows);
      if (!Number.isNaN(area)) {
        expect(area).toBeGreaterThanOrEqual(0);
        expect(area).toBeLessThanOrEqual(1);
      }
      const table = reliability(rows);
      expect(table.reduce((sum, bin) => sum + bin.count, 0)).toBe(rows.p.length);
      for (const bin of table) {
        expect(bin.meanP).toBeGreaterThanOrEqual(bin.from - 1e-12);
        expect(bin.meanP).toBeLessThanOrEqual(bin.to + 1e-12);
        expect(bin.lower).toBeLessThanOrEqual(bin.observed + 1e-12);
        expect(bin.upper).toBeGreaterThanOrEqual(bin.observed - 1e-12);
      }
    }),
  );
});

test("a Wilson interval holds the share and stays inside [0, 1]", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, u) => {
        const k = Math.floor(u * n);
        const [lower, upper] = wilson({ k, n, conf: 0.95 });
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1);
        expect(lower).toBeLessThanOrEqual(k / n);
        expect(upper).toBeGreaterThanOrEqual(k / n);
      },
    ),
  );
});

test("with one row a cluster the cluster error is the ordinary one", () => {
  const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(
    fc.property(values, (d) => {
      const { se } = clusterMean({ d, cluster: d.map((_, i) => i) });
      const average = mean(d);
      const variance = d.reduce((sum, x) => sum + (x - average) ** 2, 0) / (d.length - 1);
      expect(Math.abs(se - Math.sqrt(variance / d.length))).toBeLessThan(1e-12);
    }),
  );
});
