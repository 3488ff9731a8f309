import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseObject } from "../../../src/exchange/replay/read-capture.ts";
import type { Bench, Suite } from "../bench.ts";
import { ROOT } from "../bundle.ts";
import { numberAt } from "../child.ts";
import { figure, median } from "../line.ts";
import { writeSettledPaper } from "../settled-paper.ts";

/** Two markets a window, and three baselines once a minute: 1,001,000 evaluations. */
const WINDOWS = 1_100;
const WINDOWS_QUICK = 110;
const LOOKS = 410;

const KBT = path.join(ROOT, "bin/kbt.js");

/** All of `kbt calibrate`, from its start to its exit, over days of paper that settled. */
export const calibrateSuite: Suite = {
  name: "calibrate",
  async run(bench) {
    const db = path.join(bench.folder, "settled.sqlite");
    const windows = bench.quick ? WINDOWS_QUICK : WINDOWS;
    const rows = await writeSettledPaper(db, { windows, looks: LOOKS });
    const runs = Array.from({ length: bench.rounds }, () => calibrate(bench, db));
    const say = (name: string, key: keyof Used, bound?: number): void => {
      const value = median(runs.map((used) => used[key]));
      const line = { suite: "calibrate", name, value, notes: [`${rows} evaluations`] };
      // What few rows take says nothing about the bounds.
      if (bound === undefined || bench.quick) bench.say(figure(line));
      else bench.say(figure({ ...line, target: { id: "calibrate", op: "<=", bound } }));
    };
    say("calibrate s", "wallS", 3);
    say("calibrate CPU s", "cpuS");
    say("calibrate peak MB", "peakMb", 500);
  },
};

interface Used {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
}

function calibrate(bench: Bench, db: string): Used {
  const usage = pathToFileURL(bench.subject("usage")).href;
  const args = ["--import", usage, KBT, "calibrate", "--json", "--quiet", "--db", db];
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const wallS = (performance.now() - began) / 1e3;
  if (status !== 0) throw new Error(`calibrate ended with ${status}: ${stderr}`);
  const used = parseObject(stderr.trim().split("\n").at(-1) ?? "") ?? {};
  return { wallS, cpuS: numberAt(used, "cpuS"), peakMb: numberAt(used, "peakMb") };
}
