import { readFileSync } from "node:fs";
import path from "node:path";
import { parseDecimal } from "../../../src/core/units.ts";
import { isObject, parseObject } from "../../../src/exchange/replay/read-capture.ts";
import { type Child, numberAt } from "../child.ts";
import { compare, median, quantile, type Samples } from "../line.ts";
import type { PathBench } from "../path-bench.ts";
import { CpuTimes, inRounds, mustAgree } from "../rounds.ts";

/** Half a second or more for the fastest. */
const SATURATED = 300_000;
const SATURATED_QUICK = 40_000;
/** For the slow ones, a second of work. */
const SATURATED_FEW = 10_000;
/**
 * Frames before the ones that are measured. Each run has new objects and a new writer thread, and V8 compiles for its first
 * tens of thousands of messages: what a program pays once, not what a message costs.
 */
const WARM = 60_000;
const WARM_QUICK = 20_000;
const WARM_FEW = 3_000;
const COLD_ROUNDS = 3;
const LATENCY_RATE = 5000;
const LATENCY_S = 2.5;
const CPU_RATE = 1000;
const CPU_S = 5;

/** T7 and T10: as fast as it goes, until every row is committed. */
export async function saySaturated(all: PathBench): Promise<void> {
  const { bench, run, kbt, limit, conventional, compressing, python } = all;
  const most = bench.quick ? SATURATED_QUICK : SATURATED;
  const few = Math.min(most, SATURATED_FEW);
  const isSlow = (child: Child): boolean => child === conventional || child === compressing;
  const countOf = (child: Child): number => (isSlow(child) ? few : most);
  // Python compiles nothing while it runs.
  const warmOf = (child: Child): number =>
    child === python ? 0 : warmFrames(bench, isSlow(child));
  await mustAgree([kbt, limit], async (child) => {
    const answer = await run(child, { mode: "saturate", count: most, facts: true });
    return { facts: answer["facts"], count: answer["count"] };
  });
  const others = [conventional, compressing, ...(python === null ? [] : [python])];
  for (const child of others) await checkDeltas(all, child, countOf(child));
  const children = [kbt, limit, ...others];
  const cpu = new CpuTimes();
  const samples = await inRounds(children, bench.rounds, async (child) => {
    const warm = warmOf(child);
    // The slow ones have no more frames than these.
    const count = isSlow(child) ? countOf(child) : countOf(child) + warm;
    const answer = await run(child, { mode: "saturate", count, warm });
    cpu.add(child, answer);
    return numberAt(answer, "count") / numberAt(answer, "ms");
  });
  const about = { suite: "path", name: "saturated k msg/s", samples, subject: "kbt" } as const;
  bench.say(
    compare({
      ...about,
      against: "limit",
      target: { id: "T7", op: ">=", bound: 0.77 },
      notes: [
        ...["conventional", "compressing", "python"].flatMap((who) => times(samples, who)),
        cpu.ratio("kbt", "limit"),
      ],
    }),
  );
  bench.say(
    compare({ ...about, against: "conventional", target: { id: "T10", op: ">=", bound: 8 } }),
  );
  bench.say(compare({ ...about, against: "python", target: { id: "T10", op: ">=", bound: 1.7 } }));
  const cold = await inRounds([kbt, limit], Math.min(bench.rounds, COLD_ROUNDS), async (child) => {
    const answer = await run(child, { mode: "saturate", count: most });
    return numberAt(answer, "count") / numberAt(answer, "ms");
  });
  const fromStart = { ...about, name: "saturated from its start k msg/s", samples: cold };
  bench.say(compare({ ...fromStart, against: "limit" }));
}

function warmFrames({ quick }: PathBench["bench"], isSlow: boolean): number {
  if (isSlow) return WARM_FEW;
  return quick ? WARM_QUICK : WARM;
}

function times(samples: Samples, who: string): string[] {
  const [own, other] = [samples.get("kbt"), samples.get(who)];
  if (own === undefined || other === undefined) return [`${who} absent`];
  return [`${who} ${(median(own) / median(other)).toFixed(1)}x`];
}

/** The programs that keep less are held to what the frames themselves say. */
async function checkDeltas(all: PathBench, child: Child, count: number): Promise<void> {
  const answer = await all.run(child, { mode: "saturate", count, facts: true });
  let [deltas, prices, sizes] = [0, 0, 0];
  for (const text of all.bench.frames().texts.slice(0, count)) {
    const frame = parseObject(text);
    const msg = frame?.["msg"];
    if (frame?.["type"] !== "orderbook_delta" || !isObject(msg)) continue;
    deltas++;
    prices += parseDecimal(String(msg["price_dollars"]), 4);
    sizes += parseDecimal(String(msg["delta_fp"]), 2);
  }
  const [found, expected] = [answer["facts"], { deltas, prices, sizes }].map((facts) =>
    JSON.stringify(facts),
  );
  if (found !== expected) {
    throw new Error(`${child.name} recorded ${found}, the frames say ${expected}`);
  }
}

/** T8: from the moment a frame leaves the exchange to the moment everything that follows from it is decided. */
export async function sayLatency(all: PathBench): Promise<void> {
  const { bench, run, sender, kbt, limit } = all;
  // As for T9: what is compiled once, for new objects and a new thread, is not what a decision takes.
  const warm = warmFrames(bench, false);
  const count = warm + LATENCY_RATE * LATENCY_S;
  const tails = new Map<string, number[]>();
  const far = new Map<string, number[]>();
  const late: number[] = [];
  const file = (name: string): string => path.join(bench.folder, `${name}.f64`);
  const middles = await inRounds([kbt, limit], bench.rounds, async (child) => {
    await run(child, { mode: "poisson", count, warm, rate: LATENCY_RATE, stamps: file("decided") });
    await sender.ask({ do: "sent", file: file("sent"), dueFile: file("due") });
    const [decided, sent, due] = ["decided", "sent", "due"].map((name) => doubles(file(name)));
    if (decided === undefined || sent === undefined || due === undefined) return Number.NaN;
    const taken = decided.subarray(warm).map((us, at) => us - (sent[at] ?? Number.NaN));
    late.push(
      quantile(
        sent.map((us, at) => us - (due[at] ?? Number.NaN)),
        0.99,
      ),
    );
    push(tails, child.name, quantile(taken, 0.99));
    push(far, child.name, quantile(taken, 0.999));
    return quantile(taken, 0.5);
  });
  const lateness = `sender late ${median(late).toFixed(0)} us (p99)`;
  const about = { suite: "path", subject: "kbt", against: "limit" } as const;
  bench.say(
    compare({
      ...about,
      name: "decision p50 us at 5 k/s",
      samples: middles,
      target: { id: "T8", op: "<=", bound: 1.3 },
      notes: [lateness],
    }),
  );
  bench.say(
    compare({
      ...about,
      name: "decision p99 us at 5 k/s",
      samples: tails,
      target: { id: "T8", op: "<=", bound: 1.5 },
    }),
  );
  bench.say(compare({ ...about, name: "decision p99.9 us at 5 k/s", samples: far }));
}

/** T9: what a message costs at a usual rate, against a program that only listens. */
export async function sayCpu(all: PathBench): Promise<void> {
  const { bench, run, kbt, receive } = all;
  const warm = warmFrames(bench, false);
  const count = warm + CPU_RATE * CPU_S;
  await run(receive, { mode: "saturate", count });
  const samples = await inRounds([kbt, receive], bench.rounds, async (child) => {
    const answer = await run(child, { mode: "poisson", count, warm, rate: CPU_RATE });
    // The end of a run, with its checkpoint, is not what a message costs while it goes on.
    return (1000 * numberAt(answer, "decidedCpuMs")) / numberAt(answer, "count");
  });
  bench.say(
    compare({
      suite: "path",
      name: "CPU us per message at 1 k/s",
      samples,
      subject: "kbt",
      against: "receive",
      target: { id: "T9", op: "<=", bound: 1.4 },
    }),
  );
}

function push(samples: Map<string, number[]>, name: string, value: number): void {
  const values = samples.get(name) ?? [];
  values.push(value);
  samples.set(name, values);
}

function doubles(file: string): Float64Array {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}
