import { rmSync } from "node:fs";
import path from "node:path";
import type { Suite } from "../bench.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { writeFrames } from "../frames.ts";
import { compare } from "../line.ts";
import { CpuTimes, inRounds, mustAgree } from "../rounds.ts";

const FRAMES = 50_000;
const ROWS = 200_000;
const ROWS_CHECKED = 30_000;

/** Deltas through the recorder into queryable rows, against a bare insert into one table. */
export const ingestSuite: Suite = {
  name: "ingest",
  async run(bench) {
    const file = path.join(bench.folder, "ingest.jsonl");
    writeFrames(file, bench.frames().texts.slice(0, FRAMES));
    const children = ["kbt", "insert"].map((who) =>
      startNode(who, bench.subject("ingest"), [who, file]),
    );
    let runs = 0;
    const run = async (child: Child, count: number) => {
      const db = path.join(bench.folder, `ingest-${runs++}.sqlite`);
      const answer = await child.ask({ path: db, count });
      for (const end of ["", "-wal", "-shm"]) rmSync(`${db}${end}`, { force: true });
      return answer;
    };
    await withChildren(children, async () => {
      await mustAgree(children, async (child) => ({
        account: (await run(child, ROWS_CHECKED))["account"],
      }));
      for (const child of children) await run(child, ROWS);
      const cpu = new CpuTimes();
      const samples = await inRounds(children, bench.rounds, async (child) => {
        const answer = await run(child, ROWS);
        cpu.add(child, answer);
        return numberAt(answer, "count") / numberAt(answer, "ms");
      });
      bench.say(
        compare({
          suite: "ingest",
          name: "deltas as rows, NORMAL k rows/s",
          samples,
          subject: "kbt",
          against: "insert",
          target: { id: "T4", op: ">=", bound: 0.7 },
          notes: [cpu.ratio("kbt", "insert")],
        }),
      );
    });
  },
};
