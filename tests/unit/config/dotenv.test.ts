import { describe, expect, test } from "vitest";
import { parseDotenv } from "../../../src/config/dotenv.ts";

describe("parseDotenv", () => {
  test.each([
    ["plain", "A=1", { A: "1" }],
    ["spaces around", "  A = 1  ", { A: "1" }],
    ["export", "export A=1", { A: "1" }],
    ["comment after a value", "A=1 # one", { A: "1" }],
    ["hash inside a value", "A=a#b", { A: "a#b" }],
    ["only a comment", "A= # none", { A: "" }],
    ["empty", "A=", { A: "" }],
    ["equals in the value", "A=b=c", { A: "b=c" }],
    ["single quotes keep everything", "A='x # \\n'", { A: "x # \\n" }],
    ["double quotes understand escapes", 'A="x\\ny\\"z"', { A: 'x\ny"z' }],
    ["a value of several lines", 'A="x\ny"\nB=2', { A: "x\ny", B: "2" }],
    ["the last of a repeated name", "A=1\nA=2", { A: "2" }],
    ["CRLF and a byte order mark", "\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["comments and blank lines", "# x\n\n  # y\nA=1", { A: "1" }],
    ["nothing is expanded", "A=$B", { A: "$B" }],
  ])("%s", (_, text, expected) => {
    const { values, badLines } = parseDotenv(text);
    expect(Object.fromEntries(values)).toEqual(expected);
    expect(badLines).toEqual([]);
  });

  test.each([
    ["no equals sign", "A=1\nEV_MIN 0.05", [2]],
    ["a name with a space", "MY NAME=1", [1]],
    ["an unclosed quote", 'B=1\nA="x', [2]],
  ])("%s is a bad line", (_, text, expected) => {
    expect(parseDotenv(text).badLines).toEqual(expected);
  });
});
