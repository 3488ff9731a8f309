import { describe, expect, test } from "vitest";
import { clean } from "../../../src/cli/render/clean.ts";
import { alignColumns, renderTable } from "../../../src/cli/render/table.ts";
import { printableLines } from "../../../src/core/printable.ts";

describe("clean", () => {
  test.each([
    ["escape sequence", "a\u001b[31mb", "a[31mb"],
    ["C1 control", "a\u009b31mb", "a31mb"],
    ["DEL and NUL", "a\u007f\u0000b", "ab"],
    ["right-to-left override", "a\u202eb\u202c", "ab"],
    ["isolates", "\u2066a\u2069", "a"],
    ["zero width", "a\u200b\u200d\ufeffb", "ab"],
    ["line breaks", "a\r\nb\u2028c\td", "a b c d"],
    ["lone surrogate", "a\ud800b", "a\ufffdb"],
    ["ordinary text", "Überraschung 你好 😀", "Überraschung 你好 😀"],
  ])("%s", (_, text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test("cuts, and says so", () => {
    expect(clean("x".repeat(600))).toHaveLength(500);
    expect(clean("abcdef", 4)).toBe("abc…");
  });

  test("keeps the line breaks of our own text", () => {
    expect(printableLines("a\u001b\n  b")).toBe("a\n  b");
  });
});

const table = {
  columns: [{ title: "ticker" }, { title: "price", align: "right" as const }, { title: "why" }],
  rows: [
    ["KXBTC15M-A", "0.41", "edge \u001b[31m"],
    ["K", "12.5", `${"a long reason ".repeat(12)}end`],
  ],
};

describe("renderTable", () => {
  test("off a terminal: aligned, uncut, without a line that ends in spaces", async () => {
    const text = await renderTable(table, { isTty: false, color: false, width: 80 });
    const lines = text.split("\n");
    expect(lines[0]).toBe("ticker      price  why");
    expect(lines[1]).toBe("KXBTC15M-A   0.41  edge [31m");
    expect(lines[2]).toMatch(/^K            12\.5  a long reason .* end$/);
    expect(text).not.toMatch(/ \n/);
    expect(text.endsWith("\n")).toBe(true);
  });

  test("on a terminal: within its width, without colour unless asked", async () => {
    const text = await renderTable(table, { isTty: true, color: false, width: 80 });
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain("KXBTC15M-A");
    expect(text).not.toContain("\u001b");
    expect(await renderTable(table, { isTty: true, color: true, width: 80 })).toContain("\u001b[");
  });
});

describe("alignColumns", () => {
  const wide = {
    columns: [
      { title: "a" },
      { title: "first", spare: true },
      { title: "b", align: "right" as const },
      { title: "second", spare: true },
    ],
    rows: [["1", "x".repeat(10), "2", "y\u001b"], ["10"]],
  };

  test.each([
    [Number.POSITIVE_INFINITY, ["a   first       b  second", "1   xxxxxxxxxx  2  y", "10"]],
    [24, ["a   b  second", "1   2  y", "10"]],
    [12, ["a   b", "1   2", "10"]],
    // What is not spare stays, however narrow it is.
    [2, ["a   b", "1   2", "10"]],
  ])("within %d columns", (width, expected) => {
    expect(alignColumns(wide, width)).toEqual(expected);
  });
});
