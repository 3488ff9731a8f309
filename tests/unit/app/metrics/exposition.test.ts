import { describe, expect, test } from "vitest";
import { Counts } from "../../../../src/app/metrics/counts.ts";
import { metricsText } from "../../../../src/app/metrics/exposition.ts";
import { Histogram } from "../../../../src/app/metrics/histogram.ts";
import { METRICS } from "../../../../src/app/metrics/metric-list.ts";

describe("the text of metrics", () => {
  test("one HELP and one TYPE a metric, samples together, a newline at the end", () => {
    const text = metricsText({
      kbt_run_id: ({ value }) => value(7),
      kbt_feed_frames_total: ({ value }) => {
        value(3, "kalshi");
        value(4, "coinbase");
      },
    });
    expect(text).toBe(
      `# HELP kbt_feed_frames_total Messages that arrived, of any kind.
# TYPE kbt_feed_frames_total counter
kbt_feed_frames_total{feed="kalshi"} 3
kbt_feed_frames_total{feed="coinbase"} 4
# HELP kbt_run_id The run that is recorded; 0 before there is one.
# TYPE kbt_run_id gauge
kbt_run_id 7
`,
    );
  });

  test("buckets are cumulative, and the last one is the count", () => {
    const histogram = new Histogram([0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 3]) histogram.observe(value);
    const text = metricsText({
      kbt_api_request_seconds: (sheet) => sheet.histogram(histogram, "a.b"),
    });
    expect(text.split("\n").slice(2)).toEqual([
      'kbt_api_request_seconds_bucket{host="a.b",le="0.1"} 2',
      'kbt_api_request_seconds_bucket{host="a.b",le="1"} 3',
      'kbt_api_request_seconds_bucket{host="a.b",le="+Inf"} 4',
      'kbt_api_request_seconds_sum{host="a.b"} 3.65',
      'kbt_api_request_seconds_count{host="a.b"} 4',
      "",
    ]);
  });

  test.each([
    ["a backslash", "a\\b", "a\\\\b"],
    ["a quote", 'a"b', 'a\\"b'],
    ["a newline", "a\nb", "a\\nb"],
  ])("%s in a label value is escaped", (_, value, escaped) => {
    const text = metricsText({ kbt_risk_events_total: (sheet) => sheet.value(1, value) });
    expect(text).toContain(`{kind="${escaped}"} 1\n`);
  });

  test.each([
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
    [-0.5, "-0.5"],
    [1e21, "1e+21"],
  ])("%s is written as Go reads it", (value, text) => {
    expect(metricsText({ kbt_exposure_dollars: (sheet) => sheet.value(value) })).toContain(
      `kbt_exposure_dollars ${text}\n`,
    );
  });

  test("a metric without a sample is left out, and a label without a value is a mistake", () => {
    expect(metricsText({ kbt_latched: () => {} })).toBe("");
    expect(() => metricsText({ kbt_latched: ({ value }) => value(1) })).toThrow(RangeError);
  });
});

test("names keep to the rules of Prometheus, and the five kept ones are there", () => {
  const names = METRICS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.startsWith("kalshi_"))).toEqual([
    "kalshi_trades_total",
    "kalshi_trade_pnl_dollars",
    "kalshi_signal_latency_seconds",
    "kalshi_open_positions",
    "kalshi_portfolio_value_dollars",
  ]);
  for (const { help, labels, name, type } of METRICS) {
    expect(name).toMatch(/^(kalshi|kbt)_[a-z0-9_]+$/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    expect(help, name).not.toMatch(/\.$/);
  }
});

test("label values from outside stay few and short", () => {
  const counts = new Counts();
  for (let at = 0; at < 1000; at++) counts.add(`reason ${at} ${"x".repeat(500)}`);
  const entries = [...counts.entries()];
  expect(entries.length).toBeLessThanOrEqual(61);
  expect(entries.reduce((sum, entry) => sum + entry.sum, 0)).toBe(1000);
  expect(entries.at(-1)?.values).toEqual(["other"]);
  for (const { values } of entries) expect(values[0]?.length).toBeLessThanOrEqual(60);
});
