import path from "node:path";
import type { Suite } from "../bench.ts";
import { numberAt, startNode, withChildren } from "../child.ts";
import { writeFrames } from "../frames.ts";
import { compare, type Target } from "../line.ts";
import { CpuTimes, inRounds, mustAgree } from "../rounds.ts";

const FRAMES = 20_000;
const LOOPS = 8;
const SETS: readonly (readonly [set: string, target: Target])[] = [
  ["delta", { id: "T1", op: ">=", bound: 0.85 }],
  ["mixed", { id: "T1", op: ">=", bound: 0.8 }],
];

/** Kalshi's frames from bytes to events, against the least that any decoder must do. */
export const decodeSuite: Suite = {
  name: "decode",
  async run(bench) {
    const file = path.join(bench.folder, "decode.jsonl");
    writeFrames(file, bench.frames().texts.slice(0, FRAMES));
    const children = ["kbt", "json"].map((who) =>
      startNode(who, bench.subject("decode"), [who, file]),
    );
    await withChildren(children, async () => {
      for (const [set, target] of SETS) {
        await mustAgree(children, (child) => child.ask({ do: "account", set }));
        // Once for nothing: the first run is interpreted.
        for (const child of children) await child.ask({ set, loops: LOOPS });
        const cpu = new CpuTimes();
        const samples = await inRounds(children, bench.rounds, async (child) => {
          const answer = await child.ask({ set, loops: LOOPS });
          cpu.add(child, answer);
          return numberAt(answer, "count") / numberAt(answer, "ms");
        });
        bench.say(
          compare({
            suite: "decode",
            name: `${set} k frames/s`,
            samples,
            subject: "kbt",
            against: "json",
            target,
            notes: [cpu.ratio("kbt", "json"), bench.frames().source],
          }),
        );
      }
    });
  },
};
