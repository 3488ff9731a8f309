import { describe, expect, test } from "vitest";
import {
  formatDecimal,
  parseDecimal,
  parseMoney,
  parsePrice,
  parseQty,
  price,
} from "../../../src/core/units.ts";

describe("parseDecimal", () => {
  test.each([
    ["0.7400", 4, 7400],
    ["1", 4, 10_000],
    ["-54.00", 2, -5400],
    ["-0.00", 2, 0],
    ["0.017500", 6, 17_500],
    ["12.30000", 2, 1230],
    ["1575916.05", 2, 157_591_605],
  ])("%s at scale %i is %i", (text, scale, expected) => {
    expect(Object.is(parseDecimal(text, scale), expected)).toBe(true);
  });

  test.each([
    "",
    " 1",
    "1 ",
    "+1",
    "1e3",
    ".5",
    "5.",
    "-",
    "--1",
    "0x10",
    "NaN",
    "1.2.3",
    "0.56abc",
    "0.00001",
    "99999999999999999",
  ])("%j is no decimal of scale 4", (text) => {
    expect(parseDecimal(text, 4)).toBeNaN();
  });
});

test("a price outside $0 to $1 or finer than $0.0001 does not parse", () => {
  expect(parsePrice("1.0001")).toBeUndefined();
  expect(parsePrice("-0.1")).toBeUndefined();
  expect(parsePrice("0.00005")).toBeUndefined();
  expect(parsePrice("1.0000")).toBe(10_000);
});

test("a count finer than a hundredth contract does not parse", () => {
  expect(parseQty("0.001")).toBeUndefined();
  expect(parseQty("0.01")).toBe(1);
  expect(parseMoney("0.0000001")).toBeUndefined();
});

test("constructors refuse what is no integer in range", () => {
  expect(() => price(0.5)).toThrow(RangeError);
  expect(() => price(10_001)).toThrow(RangeError);
  expect(() => price(Number.NaN)).toThrow(RangeError);
});

test("negative amounts below one keep their sign when written", () => {
  expect(formatDecimal(-5, 4)).toBe("-0.0005");
  expect(formatDecimal(0, 2)).toBe("0.00");
});
