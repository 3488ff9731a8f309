import path from "node:path";
import type { Bench, Suite } from "../bench.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { compare, type Target } from "../line.ts";
import { CpuTimes, inRounds, mustAgree } from "../rounds.ts";

const SEGMENTS: Target = { id: "T11", op: ">=", bound: 6 };
const ROWS: Target = { id: "T11", op: ">=", bound: 1 };
const MEMORY: Target = { id: "T12", op: ">=", bound: 0.35 };

/** Runs that are not measured: a sweep over parameters replays the same again and again. */
const WARM = 5;

/** A subject, which of its kind it is, and which of the two files it reads. */
type Reading = readonly [name: string, who: string, file: "rows" | "segments"];

const MODEL: readonly Reading[] = [
  ["rows", "kbt", "rows"],
  ["segments", "kbt", "segments"],
  ["iterate", "iterate", "rows"],
  ["memory", "memory", "rows"],
];
const ENGINE: readonly Reading[] = [
  ["rows", "engine", "rows"],
  ["segments", "engine", "segments"],
  ["memory", "engine from memory", "segments"],
];

/** A recorded run once more, from rows and from segments, against bare SQLite and against typed arrays. */
export const replaySuite: Suite = {
  name: "replay",
  async run(bench) {
    const files = await recordTwice(bench);
    await sayModel(bench, files);
    await sayEngine(bench, files);
  },
};

type Files = Readonly<Record<"rows" | "segments", string>>;

async function recordTwice(bench: Bench): Promise<Files> {
  const { file, tickers } = bench.frames();
  const files = {
    rows: path.join(bench.folder, "replay-rows.sqlite"),
    segments: path.join(bench.folder, "replay-segments.sqlite"),
  };
  const child = startNode("record", bench.subject("replay"), ["record", tickers.join(",")]);
  await withChildren([child], async () => {
    await child.ask({ path: files.rows, file, packed: false });
    await child.ask({ path: files.segments, file, packed: true });
  });
  return files;
}

async function sayModel(bench: Bench, files: Files): Promise<void> {
  const { cpu, samples } = await measured(bench, files, MODEL);
  const about = { suite: "replay", samples };
  for (const [name, subject, against, target] of [
    ["rows", "rows", "iterate", ROWS],
    ["compacted", "segments", "iterate", SEGMENTS],
    ["compacted", "segments", "memory", MEMORY],
  ] as const) {
    const notes = [cpu.ratio(subject, against)];
    bench.say(compare({ ...about, name: `${name} k changes/s`, subject, against, target, notes }));
  }
}

/** Shown: here the engine's own time decides. */
async function sayEngine(bench: Bench, files: Files): Promise<void> {
  const { samples } = await measured(bench, files, ENGINE);
  for (const [name, subject] of [
    ["engine, rows", "rows"],
    ["engine, compacted", "segments"],
  ] as const) {
    const about = { suite: "replay", name: `${name} k changes/s`, samples };
    bench.say(compare({ ...about, subject, against: "memory" }));
  }
}

async function measured(bench: Bench, files: Files, readings: readonly Reading[]) {
  const fileOf = new Map(readings.map(([name, , file]) => [name, files[file]]));
  const children = readings.map(([name, who]) =>
    startNode(name, bench.subject("replay"), [who, bench.frames().tickers.join(",")]),
  );
  const run = (child: Child) => child.ask({ path: fileOf.get(child.name) });
  return withChildren(children, async () => {
    await mustAgree(children, async (child) => ({ account: (await run(child))["account"] }));
    for (const child of children) for (let turn = 0; turn < WARM; turn++) await run(child);
    const cpu = new CpuTimes();
    const samples = await inRounds(children, bench.rounds, async (child) => {
      const answer = await run(child);
      cpu.add(child, answer);
      return numberAt(answer, "count") / numberAt(answer, "ms");
    });
    return { cpu, samples };
  });
}
