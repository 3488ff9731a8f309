import type { Suite } from "../bench.ts";
import { type Child, startNode, withChildren } from "../child.ts";
import { type PathBench, runner } from "../path-bench.ts";
import { startPython } from "../python.ts";
import { sayCpu, sayLatency, saySaturated } from "./path-compared.ts";
import { sayMemory, saySustained } from "./path-long.ts";

/** Frames that the compressing exchange has ready; compressing more takes longer than the whole suite. */
const DEFLATED = 10_000;

/** Frames of a real socket on loopback through a whole program to rows on the disk. */
export const pathSuite: Suite = {
  name: "path",
  async run(bench) {
    const frames = bench.frames();
    const tickers = frames.tickers.join(",");
    const start = (name: string, program: string, ...more: string[]): Child =>
      startNode(name, bench.subject(program), [tickers, ...more]);
    const sender = startNode("sender", bench.subject("sender"), [frames.file, `${DEFLATED}`]);
    const parts = {
      kbt: start("kbt", "path-kbt"),
      limit: start("limit", "path-limit"),
      receive: start("receive", "path-receive"),
      conventional: start("conventional", "path-conventional"),
      compressing: start("compressing", "path-conventional", "deflate"),
      python: startPython("python", tickers),
    };
    const children = Object.values(parts).filter((child) => child !== null);
    await withChildren([sender, ...children], async () => {
      const run = await runner(bench, sender);
      const all: PathBench = { bench, sender, ...parts, run };
      await saySaturated(all);
      await sayLatency(all);
      await sayCpu(all);
      await saySustained(all);
    });
    await sayMemory(bench);
  },
};
