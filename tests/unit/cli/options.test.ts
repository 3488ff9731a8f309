import { InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";
import {
  assignment,
  integer,
  isoTime,
  joinSim,
  list,
  scenario,
  seconds,
  speed,
  timeBound,
} from "../../../src/cli/options.ts";
import { isoTime as formatIso } from "../../../src/core/iso-time.ts";

describe("isoTime", () => {
  test.each([
    ["1970-01-01", 0],
    ["1969-12-31T23:59:59Z", -1000],
    ["2000-02-29", 951_782_400_000],
    ["2026-11-21T02:30:00Z", 1_795_228_200_000],
    ["2026-11-21 02:30", 1_795_228_200_000],
    ["2026-11-21T03:30:00+01:00", 1_795_228_200_000],
    ["2026-11-20T21:30:00.000-0500", 1_795_228_200_000],
    ["2026-11-21T02:30:00.5Z", 1_795_228_200_500],
    ["2100-03-01", 4_107_542_400_000],
  ])("%s", (text, ms) => {
    expect(isoTime(text)).toBe(ms);
  });

  test("is the inverse of the formatter", () => {
    for (let ms = 0; ms < 4e12; ms += 86_399_999 * 97) expect(isoTime(formatIso(ms))).toBe(ms);
  });

  test.each([
    "",
    "2026-13-01",
    "2026-02-29",
    "2026-04-31",
    "2026-01-01T24:00",
    "26-01-01",
    "now",
    "2026-01-01x",
  ])("refuses %j", (text) => {
    expect(() => isoTime(text)).toThrow(InvalidArgumentError);
  });
});

describe("timeBound", () => {
  test.each([
    ["90s", { agoMs: 90_000 }],
    ["15m", { agoMs: 900_000 }],
    ["24h", { agoMs: 86_400_000 }],
    ["7d", { agoMs: 604_800_000 }],
    ["1970-01-02", { atMs: 86_400_000 }],
  ])("%s", (text, bound) => {
    expect(timeBound(text)).toEqual(bound);
  });

  test.each(["", "7", "7w", "-7d", "7 d"])("refuses %j", (text) => {
    expect(() => timeBound(text)).toThrow(InvalidArgumentError);
  });
});

describe("numbers", () => {
  test.each(["", " ", "5x", "-1", "+1", "1e3", "0x10", "NaN", "Infinity", "1.5.2", ".5"])(
    "%j is no number",
    (text) => {
      expect(() => seconds(text)).toThrow(InvalidArgumentError);
      expect(() => speed(text)).toThrow(InvalidArgumentError);
      expect(() => integer(0, 9)(text)).toThrow(InvalidArgumentError);
    },
  );

  test("bounds", () => {
    expect(seconds("0")).toBe(0);
    expect(seconds("0.5")).toBe(0.5);
    // A longer timer would fire at once.
    expect(() => seconds("2000001")).toThrow("from 0 to 2000000");
    expect(() => speed("0")).toThrow("above 0");
    expect(integer(1, 3)("3")).toBe(3);
    expect(() => integer(1, 3)("4")).toThrow("from 1 to 3");
    expect(() => integer(1, 3)("1.5")).toThrow("an integer");
  });
});

test("lists join what repeated options gave", () => {
  expect(list("A, B", undefined)).toEqual(["A", "B"]);
  expect(list("C", ["A", "B"])).toEqual(["A", "B", "C"]);
  expect(() => list(" , ", undefined)).toThrow(InvalidArgumentError);
});

test("--set splits at the first equals sign and keeps an empty value", () => {
  expect(assignment("a.b=c=d", undefined)).toEqual([{ path: "a.b", text: "c=d" }]);
  expect(assignment("a=", [{ path: "x", text: "1" }])).toHaveLength(2);
  expect(() => assignment("a", undefined)).toThrow("key=value");
  expect(() => assignment("=a", undefined)).toThrow("key=value");
});

test("scenarios", () => {
  expect(scenario("fair")).toBe("fair");
  expect(scenario("replay:/x y.jsonl")).toBe("replay:/x y.jsonl");
  expect(() => scenario("replay:")).toThrow(InvalidArgumentError);
  expect(() => scenario("positions")).toThrow(InvalidArgumentError);
});

test.each([
  [
    ["paper", "--sim"],
    ["paper", "--sim=edge"],
  ],
  [
    ["ledger", "--sim", "positions"],
    ["ledger", "--sim=edge", "positions"],
  ],
  [
    ["paper", "--sim", "fair"],
    ["paper", "--sim=fair"],
  ],
  [
    ["paper", "--sim=quiet"],
    ["paper", "--sim=quiet"],
  ],
  [
    ["paper", "--sim", "replay:x"],
    ["paper", "--sim=replay:x"],
  ],
  [
    ["a", "--", "--sim"],
    ["a", "--", "--sim"],
  ],
])("joinSim %j", (argv, expected) => {
  expect(joinSim(argv)).toEqual(expected);
});
