import { describe, expect, test } from "vitest";
import { differences, formatOf, shapeOf } from "../../support/shape.ts";

describe("formats", () => {
  test.each([
    ["0.5300", "decimal of 4"],
    ["-54.00", "decimal of 2"],
    ["0.017500", "decimal of 6"],
    ["2026-05-15T09:17:06.020774Z", "time"],
    ["2026-06-11T06:45:00Z", "time"],
    ["2026-06-11T06:45:00.10Z", "text"],
    ["2026-06-11T06:45:00.Z", "text"],
    ["2026-06-11 06:45:00Z", "text"],
    ["76e7c407-8b6d-4628-a8eb-cfdfd2721ef2", "uuid"],
    ["KXBTC15M-26MAY150530-30", "ticker"],
    ["KXBTCD-26AUG1717-T72749.99", "ticker"],
    ["yes", "word"],
    ['{"a":1}', "json"],
    ["", "empty text"],
    ["12", "digits"],
    [1_778_836_626_020, "epoch ms"],
    [1_778_836_626, "epoch s"],
    [22_772, "integer"],
    [0.5, "fraction"],
    [true, "boolean"],
    [null, "null"],
  ])("%j is %s", (value, format) => {
    expect(formatOf(value)).toBe(format);
  });
});

describe("differences", () => {
  const recorded = shapeOf([
    { type: "a", msg: { price: "0.5300", levels: [["0.1000", "5.00"]] } },
    { type: "a", msg: { price: "0.5300" } },
  ]);
  const against = (...samples: unknown[]) =>
    differences(recorded, shapeOf(samples)).map(({ path, problem }) => `${path} ${problem}`);

  test("none between equals, whatever the values and the order of keys", () => {
    expect(
      against(
        { msg: { levels: [["0.9000", "7.00"]], price: "0.0010" }, type: "b" },
        { type: "c", msg: { price: "0.0010" } },
      ),
    ).toEqual([]);
  });

  test.each([
    ["an unknown field", { x: 1 }, "msg.x was never recorded"],
    [
      "another number of decimals",
      { price: "0.53" },
      "msg.price is produced as decimal of 2, recorded as decimal of 4",
    ],
    [
      "a number for a text",
      { price: 0.53 },
      "msg.price is produced as fraction, recorded as decimal of 4",
    ],
    [
      "a tuple turned round",
      { levels: [["5.00", "0.1000"]] },
      "msg.levels[][0] is produced as decimal of 2, recorded as decimal of 4",
    ],
  ])("%s", (_name, change, problem) => {
    const msg = { price: "0.5300", levels: [["0.1000", "5.00"]], ...change };
    expect(against({ type: "a", msg })).toContain(problem);
  });

  test("a field that is missing always or at times", () => {
    const whole = { type: "a", msg: { price: "0.5300", levels: [["0.1000", "5.00"]] } };
    expect(against(whole, { type: "a", msg: {} })).toEqual(["msg.price is left out at times"]);
    expect(against({ type: "a", msg: { price: "0.5300" } })).toEqual([
      "msg.levels is never produced",
      "msg.levels[] is never produced",
      "msg.levels[][0] is never produced",
      "msg.levels[][1] is never produced",
    ]);
  });

  test("a field that was optional may be there always", () => {
    expect(against({ type: "a", msg: { price: "0.5300", levels: [["0.1000", "5.00"]] } })).toEqual(
      [],
    );
  });

  test("a format that never comes", () => {
    const both = shapeOf([{ v: "1.00" }, { v: null }]);
    expect(differences(both, shapeOf([{ v: "1.00" }]))).toEqual([
      { path: "v", problem: "is never produced as null" },
    ]);
  });
});
