import type { Ms } from "../../../core/units.ts";
import type { Markup } from "../draw/markup.ts";
import { prose, section, tableOf } from "../parts.ts";
import { count, minute } from "../words.ts";

interface RunFacts {
  readonly runId: number;
  readonly mode: string;
  readonly command: string;
  readonly startedMs: Ms;
  /** Null of one that goes on, or was killed. */
  readonly endedMs: Ms | null;
  readonly version: string;
  /** Null where it ran from source. */
  readonly commit: string | null;
}

/** A setting of a run that is not the default. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly standard: string;
  /** Runs that had it. */
  readonly runs: readonly number[];
}

export interface ProvenanceFacts {
  readonly runs: readonly RunFacts[];
  readonly settings: readonly Setting[];
}

const RUNS_SHOWN = 30;

export function runSection({ runs, settings }: ProvenanceFacts): Markup {
  const shown = runs.slice(-RUNS_SHOWN);
  return section("runs", "Runs and their settings", [
    tableOf(
      shown.length < runs.length ? `Last ${RUNS_SHOWN} of ${count(runs.length)} runs` : "Runs",
      {
        columns: [
          { title: "run", align: "right" },
          { title: "mode" },
          { title: "command" },
          { title: "from UTC" },
          { title: "to UTC" },
          { title: "kbt" },
          { title: "commit" },
        ],
        rows: shown.map((run) => [
          String(run.runId),
          run.mode,
          run.command,
          minute(run.startedMs),
          run.endedMs === null ? "open" : minute(run.endedMs),
          run.version,
          run.commit ?? "from source",
        ]),
      },
    ),
    settings.length === 0
      ? prose("All settings were the defaults.")
      : settingTable(settings, runs.length),
  ]);
}

function settingTable(settings: readonly Setting[], runs: number): Markup {
  return tableOf("Settings that differ from the defaults", {
    columns: [{ title: "setting" }, { title: "value" }, { title: "default" }, { title: "runs" }],
    rows: settings.map((one) => [
      one.key,
      one.value,
      one.standard,
      one.runs.length === runs ? "all" : one.runs.join(", "),
    ]),
  });
}
