import { expect, test } from "vitest";
import { FAULTS } from "../../../../src/exchange/faults/fault-table.ts";
import { readRules } from "../../../../src/exchange/faults/read-rules.ts";

test("one rule or a list of them, as they are", () => {
  const rule = {
    fault: "http_status",
    match: { method: "POST", path: "/trade-api/v2/portfolio/*" },
    when: { nth: 3, afterMs: 0 },
    params: { status: 503, after: true },
  };
  expect(readRules(rule)).toEqual({ rules: [rule], problems: [] });
  expect(readRules([rule, { fault: "half_open" }]).rules).toHaveLength(2);
});

test("every fault is accepted with its own parameters at their fallbacks", () => {
  for (const [fault, { params }] of Object.entries(FAULTS)) {
    const given = Object.fromEntries(
      Object.entries(params).map(([name, { fallback }]) => [name, fallback]),
    );
    expect(readRules({ fault, params: given }).problems, fault).toEqual([]);
  }
});

test.each<[name: string, value: unknown, problem: string]>([
  ["no object", "half_open", "rule 1: it must be an object with a fault"],
  [
    "unknown fault",
    { fault: "fire" },
    'rule 1: there is no fault "fire"; GET /_kbt/faults lists them',
  ],
  [
    "a key of Object",
    { fault: "toString" },
    'rule 1: there is no fault "toString"; GET /_kbt/faults lists them',
  ],
  ["no fault", {}, "rule 1: it names no fault; GET /_kbt/faults lists them"],
  [
    "a venue that is not there",
    { fault: "half_open", match: { venue: "mars" } },
    'rule 1: match.venue is "mars"; it must be one of kalshi, coinbase, kraken, binance, bitstamp, gemini',
  ],
  [
    "unknown key",
    { fault: "half_open", wen: {} },
    "rule 1: there is no wen; known are fault, match, when, params",
  ],
  ["match of another shape", { fault: "half_open", match: [] }, "rule 1: match must be an object"],
  [
    "number for a text",
    { fault: "half_open", match: { venue: 1 } },
    "rule 1: match.venue is 1; it must be a text",
  ],
  [
    "text for a number",
    { fault: "half_open", match: { sid: "1" } },
    'rule 1: match.sid is "1"; it must be a whole number above 0',
  ],
  [
    "the 0th",
    { fault: "half_open", when: { nth: 0 } },
    "rule 1: when.nth is 0; it must be a whole number above 0",
  ],
  [
    "more than always",
    { fault: "muted", when: { probability: 1.5 } },
    "rule 1: when.probability is 1.5; it must be a number from 0 to 1",
  ],
  [
    "before now",
    { fault: "muted", when: { afterMs: -1 } },
    "rule 1: when.afterMs is -1; it must be milliseconds from 0",
  ],
  [
    "no such status",
    { fault: "http_status", params: { status: 42 } },
    "rule 1: params.status is 42; it must be a whole number from 100 to 599",
  ],
  [
    "no such choice",
    { fault: "http_lost", params: { how: "slowly" } },
    'rule 1: params.how is "slowly"; it must be one of reset, never, after_headers, mid_body',
  ],
  [
    "a parameter of another fault",
    { fault: "half_open", params: { ms: 1 } },
    "rule 1: there is no params.ms; there are none",
  ],
])("refused: %s", (_name, value, problem) => {
  expect(readRules(value)).toEqual({ rules: [], problems: [problem] });
});

test("every problem is named, and with any of them no rule counts", () => {
  const { rules, problems } = readRules([{ fault: "half_open" }, { fault: "x" }, { fault: "y" }]);
  expect(rules).toEqual([]);
  expect(problems).toHaveLength(2);
  expect(problems[1]).toMatch(/^rule 3: /);
});
