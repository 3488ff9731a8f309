import { rmSync } from "node:fs";
import path from "node:path";
import type { Suite } from "../bench.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { writeFrames } from "../frames.ts";
import { compare, figure, median } from "../line.ts";
import { CpuTimes, inRounds, mustAgree } from "../rounds.ts";

const FRAMES = 50_000;
const ROWS = 200_000;
const ROWS_CHECKED = 30_000;

/** Rows of closed markets into segments, against writing rows in the first place. */
export const compactSuite: Suite = {
  name: "compact",
  async run(bench) {
    const { texts, tickers } = bench.frames();
    const file = path.join(bench.folder, "compact.jsonl");
    writeFrames(file, texts.slice(0, FRAMES));
    const children = [
      startNode("kbt", bench.subject("compact"), ["pack", file, tickers.join(",")]),
      startNode("upkeep", bench.subject("compact"), ["upkeep", file, tickers.join(",")]),
      startNode("insert", bench.subject("ingest"), ["insert", file]),
    ];
    const bytes: number[] = [];
    let runs = 0;
    const run = async (child: Child, count: number) => {
      const db = path.join(bench.folder, `compact-${runs++}.sqlite`);
      const answer = await child.ask({ path: db, count });
      for (const end of ["", "-wal", "-shm"]) rmSync(`${db}${end}`, { force: true });
      if (child.name === "upkeep") bytes.push(numberAt(answer, "bytes"));
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
          suite: "compact",
          name: "deltas packed and written k/s",
          samples,
          subject: "kbt",
          against: "insert",
          target: { id: "T6", op: ">=", bound: 4 },
          notes: [cpu.ratio("kbt", "insert")],
        }),
      );
      const name = "rows read, packed, removed k/s";
      bench.say(compare({ suite: "compact", name, samples, subject: "upkeep", against: "insert" }));
      bench.say(
        figure({
          suite: "size",
          name: "compacted delta bytes",
          value: median(bytes),
          target: { id: "T5", op: "<=", bound: 9 },
        }),
      );
    });
  },
};
