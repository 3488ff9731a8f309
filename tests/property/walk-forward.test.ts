import fc from "fast-check";
import { expect, test } from "vitest";
import { walkForwardFolds } from "../../src/core/learn/folds.ts";

const cases = fc
  .record({
    n: fc.integer({ min: 1, max: 5_000 }),
    folds: fc.integer({ min: 1, max: 20 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    purge: fc.integer({ min: 0, max: 50 }),
    embargo: fc.integer({ min: 0, max: 200 }),
  })
  .map(({ share, ...rest }) => ({ ...rest, minTrain: Math.floor(share * rest.n) }));

test("nothing is taught that is examined, or whose label or average reaches into it", () => {
  fc.assert(
    fc.property(cases, (input) => {
      for (const { testStart, trainEnd } of walkForwardFolds(input)) {
        expect(trainEnd).toBeGreaterThanOrEqual(0);
        expect(trainEnd === 0 || trainEnd - 1 + input.purge + input.embargo < testStart).toBe(true);
      }
    }),
  );
});

test("every row from the first examination on is examined once, in order", () => {
  fc.assert(
    fc.property(cases, (input) => {
      let next = input.minTrain;
      for (const { testEnd, testStart } of walkForwardFolds(input)) {
        expect(testStart).toBe(next);
        expect(testEnd).toBeGreaterThanOrEqual(testStart);
        next = testEnd;
      }
      expect(next).toBe(input.n);
    }),
  );
});
