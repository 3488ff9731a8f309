import { describe, expect, test } from "vitest";
import { isExitRule, parseExitRule, sellsUnasked } from "../../../../src/core/exits/exit-rule.ts";

const NOTHING = {
  keepsOwn: false,
  stopShare: null,
  targetShare: null,
  afterMs: null,
  usesModel: false,
};

describe("a word for an exit rule", () => {
  test.each([
    ["hold", {}],
    ["own", { keepsOwn: true }],
    ["stop25", { stopShare: 0.25 }],
    ["stop2.5", { stopShare: 0.025 }],
    ["stop99", { stopShare: 0.99 }],
    ["target35", { targetShare: 0.35 }],
    ["target250", { targetShare: 2.5 }],
    ["time10m", { afterMs: 600_000 }],
    ["time90s", { afterMs: 90_000 }],
    ["model", { usesModel: true }],
    ["stop25+target35", { stopShare: 0.25, targetShare: 0.35 }],
    [
      "own+time5m+model+stop30",
      { keepsOwn: true, afterMs: 300_000, usesModel: true, stopShare: 0.3 },
    ],
  ])("%s", (word, parts) => {
    expect(parseExitRule(word)).toEqual({ word, ...NOTHING, ...parts });
    expect(isExitRule(word)).toBe(true);
  });

  test.each([
    ["", "a part is missing"],
    ["stop25+", "a part is missing"],
    ["stopp25", "'stopp25' is not known"],
    ["stop", "'stop' is not known"],
    ["Stop25", "'Stop25' is not known"],
    ["stop 25", "'stop 25' is not known"],
    ["stop-25", "'stop-25' is not known"],
    ["stop25%", "'stop25%' is not known"],
    ["stop0", "'stop0' must be above 0 and at most 99 percent"],
    ["stop100", "'stop100' must be above 0 and at most 99 percent"],
    ["target0", "'target0' must be above 0 and at most 9900 percent"],
    ["time10", "'time10' is not known"],
    ["time10h", "'time10h' is not known"],
    ["time0s", "'time0s' must be at least a second"],
    ["hold+stop25", "'hold' goes with nothing else"],
    ["model+hold", "'hold' goes with nothing else"],
    ["stop25+stop30", "'stop30' is the second of its kind"],
    ["time10m+time90s", "'time90s' is the second of its kind"],
    ["own+own", "'own' is the second of its kind"],
  ])("'%s' is refused: %s", (word, why) => {
    expect(isExitRule(word)).toBe(false);
    expect(() => parseExitRule(word)).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "BAD_EXIT_RULE",
        message: `'${word}' is no exit rule: ${why}`,
      }),
    );
  });

  test.each([
    ["own", false],
    ["hold", false],
    ["stop25", true],
    ["own+target35", true],
    ["time10m", true],
    ["model", true],
  ])("%s sells what no strategy asked to sell: %s", (word, sells) => {
    expect(sellsUnasked(parseExitRule(word))).toBe(sells);
  });
});
