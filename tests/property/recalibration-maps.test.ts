import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitMap, isotonicMapFit } from "../../src/core/calibration/map-fits.ts";
import {
  applyMap,
  MAP_KINDS,
  mapValue,
  parseMap,
  type RecalibrationMap,
} from "../../src/core/calibration/maps.ts";

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const slope = fc.double({ min: 0, max: 20, noNaN: true });
const shift = fc.double({ min: -10, max: 10, noNaN: true });
const ascending = (length: number) =>
  fc
    .array(chance, { minLength: length, maxLength: length })
    .map((ps) => ps.toSorted((a, b) => a - b));

const isotonic = fc
  .uniqueArray(chance, { minLength: 1, maxLength: 30, comparator: (a, b) => a === b })
  .chain((from) =>
    ascending(from.length).map((to): RecalibrationMap => {
      return { kind: "isotonic", from: from.toSorted((a, b) => a - b), to };
    }),
  );

const anyMap: fc.Arbitrary<RecalibrationMap> = fc.oneof(
  fc.record({ kind: fc.constant("platt" as const), a: slope, b: shift }),
  fc.record({ kind: fc.constant("beta" as const), a: slope, b: slope, c: shift }),
  isotonic,
);

test("a map keeps the order of probabilities and stays within its limits", () => {
  fc.assert(
    fc.property(anyMap, chance, chance, (map, p, q) => {
      const [low, high] = [applyMap(map, Math.min(p, q)), applyMap(map, Math.max(p, q))];
      expect(low).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThanOrEqual(0.0005);
      expect(high).toBeLessThanOrEqual(0.9995);
    }),
  );
});

test.each([Number.NaN, -0.01, 1.01, Number.POSITIVE_INFINITY])("%s is no probability", (p) => {
  expect(() => applyMap({ kind: "platt", a: 1, b: 0 }, p)).toThrow(RangeError);
});

test("Platt and beta maps that rise can be undone", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.2, max: 3, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (a, b, p) => {
        const there = mapValue({ kind: "platt", a, b }, p);
        expect(mapValue({ kind: "platt", a: 1 / a, b: -b / a }, there)).toBeCloseTo(p, 9);
        // Beta with equal slopes is Platt's.
        expect(mapValue({ kind: "beta", a, b: a, c: b }, p)).toBeCloseTo(there, 12);
      },
    ),
  );
});

test("a map that changes nothing changes nothing between its limits", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.0005, max: 0.9995, noNaN: true }), (p) => {
      expect(applyMap({ kind: "platt", a: 1, b: 0 }, p)).toBeCloseTo(p, 12);
      expect(applyMap({ kind: "beta", a: 1, b: 1, c: 0 }, p)).toBeCloseTo(p, 12);
      expect(applyMap({ kind: "isotonic", from: [0, 1], to: [0, 1] }, p)).toBeCloseTo(p, 12);
    }),
  );
});

describe("fits", () => {
  const rows = fc
    .array(
      fc.tuple(chance, fc.constantFrom<0 | 1>(0, 1), fc.double({ min: 0.1, max: 3, noNaN: true })),
      {
        minLength: 2,
        maxLength: 60,
      },
    )
    .map((all) => ({
      p: all.map(([p]) => p),
      y: all.map(([, y]) => y),
      weight: all.map(([, , weight]) => weight),
    }));

  test("whatever is fitted can be stored and read back", () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...MAP_KINDS), (input, kind) => {
        const map = fitMap(kind, input);
        if (map !== null) expect(parseMap(JSON.parse(JSON.stringify(map)))).toEqual(map);
      }),
    );
  });

  test("the isotonic map is a fixed point: fitted to what it says it says the same", () => {
    fc.assert(
      fc.property(rows, ({ p, y, weight }) => {
        const map = isotonicMapFit({ p, y, weight });
        if (map === null) return;
        const mean = (of: readonly number[]): number =>
          of.reduce((sum, value, i) => sum + value * (weight[i] ?? 0), 0);
        const mapped = p.map((one) => mapValue(map, one));
        // Pools keep their mean, so the whole keeps its own.
        expect(Math.abs(mean(mapped) - mean(y))).toBeLessThan(1e-9 * p.length);
      }),
    );
  });

  test("probabilities that all say the opposite have no Platt or beta map", () => {
    const p = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
    const y = p.map((one, i): 0 | 1 => ((1 - one) * 7 + (i % 5) / 5 > 4 ? 1 : 0));
    expect(fitMap("platt", { p, y })).toBeNull();
    expect(fitMap("beta", { p, y })).toBeNull();
  });
});

test.each([
  null,
  "platt",
  {},
  { kind: "platt", a: -1, b: 0 },
  { kind: "platt", a: 1 },
  { kind: "beta", a: 1, b: 1, c: null },
  { kind: "isotonic", from: [], to: [] },
  { kind: "isotonic", from: [0.2, 0.2], to: [0.1, 0.3] },
  { kind: "isotonic", from: [0.2, 0.4], to: [0.3, 0.1] },
  { kind: "isotonic", from: [0.2, 0.4], to: [0.3] },
  { kind: "isotonic", from: [0.2, 1.4], to: [0.3, 0.4] },
  { kind: "spline", a: 1 },
])("%j is no map", (json) => {
  expect(parseMap(json)).toBeNull();
});
