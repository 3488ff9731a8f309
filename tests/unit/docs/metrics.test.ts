import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { METRICS } from "../../../src/app/metrics/metric-list.ts";

const root = new URL("../../../", import.meta.url).pathname;
const textOf = (name: string): string => readFileSync(`${root}${name}`, "utf8");
const NAMES: ReadonlySet<string> = new Set(METRICS.map(({ name }) => name));

test("docs/operating.md lists every metric as it is", () => {
  const rows = [...textOf("docs/operating.md").matchAll(/^\| `((?:kalshi|kbt)_\w+)` \|.*$/gm)];
  expect(rows.map(([row]) => row)).toEqual(
    METRICS.map(({ help, labels, name, type }) => {
      const named = labels.map((label) => `\`${label}\``).join(" ");
      return `| \`${name}\` | ${type} | ${named} | ${help} |`;
    }),
  );
});

describe("what ships for Prometheus", () => {
  test.each(["scripts/alerts.yml", "scripts/grafana-dashboard.json"])(
    "%s asks for nothing that is not there",
    (file) => {
      const asked = [...textOf(file).matchAll(/\b(?:kalshi|kbt)_[a-z_]+/g)].map(([name]) =>
        name.replace(/_(?:bucket|sum|count)$/, ""),
      );
      expect(asked.length).toBeGreaterThan(10);
      for (const name of asked) expect(NAMES, name).toContain(name);
    },
  );

  test("every alert has its test", () => {
    const alerts = [...textOf("scripts/alerts.yml").matchAll(/- alert: (\w+)/g)];
    const tests = textOf("scripts/alerts.test.yml");
    for (const [, name] of alerts) expect(tests).toContain(`alertname: ${name}`);
  });

  const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
  test.skipIf(!hasPromtool).each([
    ["check", "config", "scripts/prometheus.yml"],
    ["test", "rules", "scripts/alerts.test.yml"],
  ])("promtool %s %s %s (skipped where promtool is not installed)", (...words) => {
    const { status, stderr, stdout } = spawnSync("promtool", words, {
      cwd: root,
      encoding: "utf8",
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
