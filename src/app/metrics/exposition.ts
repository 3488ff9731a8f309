import type { Histogram } from "./histogram.ts";
import { METRICS, type Metric, type MetricName } from "./metric-list.ts";

// Prometheus' text format 0.0.4: made when somebody asks, from counters that are there anyway.

/** Takes the samples of one metric; label values in the order of its labels. */
export interface Sheet {
  readonly value: (value: number, ...labels: readonly string[]) => void;
  readonly histogram: (histogram: Histogram, ...labels: readonly string[]) => void;
}

/** Writes the samples of each metric that a run has; a metric without a reading is left out. */
export type Readings = { readonly [Name in MetricName]?: (sheet: Sheet) => void };

export function metricsText(readings: Readings): string {
  let text = "";
  for (const metric of METRICS) {
    const read = readings[metric.name];
    if (read === undefined) continue;
    const lines: string[] = [];
    read(sheetOf(metric, lines));
    if (lines.length === 0) continue;
    text += `# HELP ${metric.name} ${escapeHelp(metric.help)}.\n# TYPE ${metric.name} ${metric.type}\n`;
    text += `${lines.join("\n")}\n`;
  }
  return text;
}

function sheetOf({ labels: names, name }: Metric, lines: string[]): Sheet {
  const line = (suffix: string, value: number, labels: readonly string[]): void => {
    const inside = labels.join(",");
    lines.push(`${name}${suffix}${inside === "" ? "" : `{${inside}}`} ${numberText(value)}`);
  };
  return {
    value: (value, ...labels) => line("", value, pairs(names, labels)),
    histogram({ bounds, counts, sum }, ...labels) {
      const own = pairs(names, labels);
      let total = 0;
      for (const [at, count] of counts.entries()) {
        total += count;
        line("_bucket", total, [
          ...own,
          `le="${numberText(bounds[at] ?? Number.POSITIVE_INFINITY)}"`,
        ]);
      }
      line("_sum", sum, own);
      line("_count", total, own);
    },
  };
}

function pairs(names: readonly string[], values: readonly string[]): string[] {
  if (names.length !== values.length)
    throw new RangeError(`labels ${names.join()} need a value each`);
  return names.map((name, at) => `${name}="${escapeLabel(values[at] ?? "")}"`);
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
