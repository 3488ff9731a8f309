import { describe, expect, test } from "vitest";
import { cellName, sweepGrid } from "../../../../src/app/backtest/sweep-grid.ts";

const texts = (words: readonly string[]): string[] => sweepGrid(words).map(cellName);

describe("the grid of a sweep", () => {
  test.each([
    [["a.b=1:3:1"], ["b=1", "b=2", "b=3"]],
    // In floats 0.01 + 0.02 is not 0.03.
    [["a.ev_min=0.01:0.05:0.02"], ["ev_min=0.01", "ev_min=0.03", "ev_min=0.05"]],
    [["a.b=0:1:0.25"], ["b=0.00", "b=0.25", "b=0.50", "b=0.75", "b=1.00"]],
    [["a.b=1:2:0.6"], ["b=1.0", "b=1.6"]],
    [["a.b=-2:0:1"], ["b=-2", "b=-1", "b=0"]],
    [["a.b=yes, no"], ["b=yes", "b=no"]],
    [["exits.rule=hold,stop25"], ["rule=hold", "rule=stop25"]],
    [
      ["a.b=1,2", "a.c=x,y"],
      ["b=1 c=x", "b=1 c=y", "b=2 c=x", "b=2 c=y"],
    ],
  ])("of %j", (words, cells) => {
    expect(texts(words)).toEqual(cells);
  });

  test.each([
    ["ev_min", "has no key="],
    ["=1", "has no key="],
    ["a=1,,2", "has an empty value"],
    ["a=1,1", "names a value twice"],
    ["a=1:x:1", "has an end that is no number"],
    ["a=3:1:1", "does not go from a value up to another"],
    ["a=1:3:0", "does not go from a value up to another"],
    ["a=1:3:-1", "does not go from a value up to another"],
    ["a=0:1:0.001", "has more than 500 values"],
  ])("refuses %s", (word, why) => {
    expect(() => sweepGrid([word])).toThrow(`'${word}' ${why}`);
  });

  test("refuses a grid of too many", () => {
    expect(() => sweepGrid(["a=1:100:1", "b=1:100:1"])).toThrow("more than 500 variants");
  });
});
