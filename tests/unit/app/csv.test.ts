import { expect, test } from "vitest";
import { csvLine } from "../../../src/app/csv.ts";

test.each([
  ["plain", "plain"],
  ["", ""],
  ['a "quoted" word', '"a ""quoted"" word"'],
  ["a,b", '"a,b"'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["+cmd", "'+cmd"],
  ["-cmd", "'-cmd"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", '"\'\r=1"'],
  ["\uff1d1+1", "'\uff1d1+1"],
  ["\uff0bcmd", "'\uff0bcmd"],
  ["\uff0d1", "'\uff0d1"],
  ["\uff20SUM(A1)", "'\uff20SUM(A1)"],
  ["=A1,B1", '"\'=A1,B1"'],
  ["-54.00", "-54.00"],
  ["+7", "+7"],
  ["-1-1", "'-1-1"],
])("the text %j is the cell %j", (text, cell) => {
  expect(csvLine([text])).toBe(`${cell}\n`);
});

test("numbers and what is not known stand as they are", () => {
  expect(csvLine([1, -2.5, null, "x"])).toBe("1,-2.5,,x\n");
});
