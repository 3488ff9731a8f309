import path from "node:path";
import type { Suite } from "../bench.ts";
import { numberAt, startNode, withChildren } from "../child.ts";
import { writeFrames } from "../frames.ts";
import { figure } from "../line.ts";

const FRAMES = 60_000;

/** What a row weighs in the file, pages and all. */
export const sizeSuite: Suite = {
  name: "size",
  async run(bench) {
    const { texts, tickers } = bench.frames();
    const file = path.join(bench.folder, "size.jsonl");
    writeFrames(file, texts.slice(0, FRAMES));
    const child = startNode("kbt", bench.subject("size"), [file, tickers.join(",")]);
    await withChildren([child], async () => {
      const answer = await child.ask({ path: path.join(bench.folder, "size.sqlite") });
      for (const [name, bound] of [
        ["delta", 32],
        ["opportunity", 85],
      ] as const) {
        bench.say(
          figure({
            suite: "size",
            name: `${name} bytes`,
            value: numberAt(answer, name),
            target: { id: "T5", op: "<=", bound },
          }),
        );
      }
    });
  },
};
