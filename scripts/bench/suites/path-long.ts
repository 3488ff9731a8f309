import { isObject } from "../../../src/exchange/replay/read-capture.ts";
import type { Bench } from "../bench.ts";
import { type Answer, numberAt, startNode, withChildren } from "../child.ts";
import { compare, figure } from "../line.ts";
import { type PathBench, runner } from "../path-bench.ts";

const SUSTAINED_RATE = 21_000;
const SUSTAINED_S = 19;
const SUSTAINED_QUICK_S = 5;
const MEMORY_RATE = 2500;
const MEMORY_S = 108;
const MEMORY_QUICK_S = 10;
/**
 * When memory is looked at, and from when on its slope. Until then V8 gives its young generation room, in three steps to
 * 48 MB (docs/performance.md); what grows after it grows for ever.
 */
const MEMORY_AT_S = 60;
const MEMORY_QUICK_AT_S = 5;

/** The recorded mix at a steady rate: everything stored, and no more memory at the end than at the beginning. */
export async function saySustained({ bench, run, kbt }: PathBench): Promise<void> {
  const seconds = bench.quick ? SUSTAINED_QUICK_S : SUSTAINED_S;
  const count = Math.min(SUSTAINED_RATE * seconds, bench.frames().texts.length);
  const answer = await run(kbt, { mode: "steady", count, rate: SUSTAINED_RATE, facts: true });
  const stored = storedOf(answer);
  if (stored !== count) throw new Error(`${count} messages came, ${stored} are stored`);
  bench.say(
    figure({
      suite: "path",
      name: "sustained k msg/s until stored",
      value: count / numberAt(answer, "ms"),
      target: { id: "ingest", op: ">=", bound: 20 },
      notes: [
        `received = stored = ${count}`,
        `RSS ${slopeOf(answer, seconds / 2).toFixed(1)} MB/min`,
      ],
    }),
  );
}

/** T15: resident memory after a minute at a busy market's rate and what it does from then on, in new processes side by side. */
export async function sayMemory(bench: Bench): Promise<void> {
  const seconds = bench.quick ? MEMORY_QUICK_S : MEMORY_S;
  const atS = bench.quick ? MEMORY_QUICK_AT_S : MEMORY_AT_S;
  const count = MEMORY_RATE * seconds;
  const frames = bench.frames();
  const sender = startNode("sender", bench.subject("sender"), [frames.file]);
  const children = ["kbt", "limit"].map((who) =>
    startNode(who, bench.subject(`path-${who}`), [frames.tickers.join(",")]),
  );
  await withChildren([sender, ...children], async () => {
    const run = await runner(bench, sender);
    const answers = await Promise.all(
      children.map((child) => run(child, { mode: "steady", count, rate: MEMORY_RATE })),
    );
    const samples = new Map(
      children.map(({ name }, at) => [name, [rssAt(answers[at] ?? {}, atS)]] as const),
    );
    bench.say(
      compare({
        suite: "path",
        name: `RSS MB after ${atS} s at 2.5 k/s`,
        samples,
        subject: "kbt",
        against: "limit",
        target: { id: "T15", op: "<=", bound: 1.4 },
      }),
    );
    const name = `RSS slope MB/min from ${atS} s on`;
    const [value, limit] = [slopeOf(answers[0] ?? {}, atS), slopeOf(answers[1] ?? {}, atS)];
    const notes = [`limit ${limit.toFixed(1)}`];
    const target = { id: "T15", op: "<", bound: 5 } as const;
    bench.say(figure({ suite: "path", name, value, target, notes }));
  });
}

function storedOf({ facts }: Answer): number {
  if (!isObject(facts)) return Number.NaN;
  return Number(facts["deltas"]) + Number(facts["tickers"]) + Number(facts["snapshots"]);
}

function rssOf({ rss }: Answer): [second: number, mb: number][] {
  if (!Array.isArray(rss)) return [];
  return rss.flatMap((pair: unknown) =>
    Array.isArray(pair) ? [[Number(pair[0]), Number(pair[1])]] : [],
  );
}

function rssAt(answer: Answer, atS: number): number {
  return rssOf(answer).find(([second]) => second >= atS)?.[1] ?? Number.NaN;
}

/** Least squares from a second on, in MB per minute. */
function slopeOf(answer: Answer, fromS: number): number {
  const points = rssOf(answer).filter(([second]) => second >= fromS);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return (covariance / variance) * 60;
}
