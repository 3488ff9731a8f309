import path from "node:path";
import { isObject, parseObject } from "../../../src/exchange/replay/read-capture.ts";
import type { Bench, Suite } from "../bench.ts";
import { writeBookOps } from "../book-ops.ts";
import { type Child, numberAt, startNode, withChildren } from "../child.ts";
import { writeFrames } from "../frames.ts";
import { generatedCoinbase } from "../generated-frames.ts";
import { compare, type Samples, type Target } from "../line.ts";
import { startPeers } from "../peers.ts";
import { inRounds, mustAgree } from "../rounds.ts";

const DEPTHS = [100, 1000, 10_000];
const CHECKED = 20_000;
/** Changes a round for the two that need nanoseconds each, and for those that need microseconds. */
const CHANGES = { count: 500_000, loops: 6 };
const CHANGES_PEER = { count: 60_000, loops: 1 };
const SPOT_FRAMES = 3000;

const T3_BARE: Target = { id: "T3", op: ">=", bound: 0.85 };
const T3_CCXT: Target = { id: "T3", op: ">=", bound: 8 };
const T3_TARDIS: Target = { id: "T3", op: ">=", bound: 15 };

/** Books: one change and both bests, and Coinbase's frames to a mid price. */
export const bookSuite: Suite = {
  name: "book",
  async run(bench) {
    await spot(bench, "level2");
    await spot(bench, "ticker");
    await followChanges(bench);
  },
};

async function followChanges(bench: Bench): Promise<void> {
  const own = ["kbt", "bare"].map((who) => startNode(who, bench.subject("book"), [who]));
  const peers = startPeers([
    ["ccxt", "ccxt", "book-ccxt.mjs"],
    ["tardis", "tardis-dev", "book-tardis.mjs"],
  ]);
  const children = [...own, ...peers];
  await withChildren(children, async () => {
    for (const depth of DEPTHS) {
      const file = path.join(bench.folder, `book-${depth}.bin`);
      writeBookOps(file, depth);
      await mustAgree(children, async (child) => {
        const { sum } = await child.ask({ file, count: CHECKED, loops: 1 });
        return { sum };
      });
      for (const child of children) await child.ask({ file, ...sizeOf(child) });
      const samples = await inRounds(children, bench.rounds, async (child) =>
        perMs(await child.ask({ file, ...sizeOf(child) })),
      );
      sayChanges(bench, depth, samples);
    }
  });
}

function sayChanges(bench: Bench, depth: number, samples: Samples): void {
  for (const [against, target] of [
    ["bare", T3_BARE],
    ["ccxt", T3_CCXT],
    ["tardis", T3_TARDIS],
  ] as const) {
    const name = `delta + bests, ${depth} levels k/s`;
    bench.say(compare({ suite: "book", name, samples, subject: "kbt", against, target }));
  }
}

async function spot(bench: Bench, kind: "level2" | "ticker"): Promise<void> {
  const texts = generatedCoinbase(kind, SPOT_FRAMES);
  const file = path.join(bench.folder, `${kind}.jsonl`);
  writeFrames(file, texts);
  const legacy = path.join(bench.folder, `${kind}-legacy.jsonl`);
  if (kind === "level2") writeFrames(legacy, texts.map(asLegacy));
  const children = [
    startNode("kbt", bench.subject("spot"), []),
    ...startPeers([
      ["ccxt", "ccxt", "spot-ccxt.mjs"],
      ...(kind === "level2" ? [["tardis", "tardis-dev", "spot-tardis.mjs"] as const] : []),
    ]),
  ];
  const run = (child: Child) => child.ask({ kind, file: child.name === "tardis" ? legacy : file });
  await withChildren(children, async () => {
    const present: Child[] = [];
    for (const child of children) if (!("absent" in (await run(child)))) present.push(child);
    await mustAgree(present, async (child) => {
      const answer = await run(child);
      return { sum: Math.round(numberAt(answer, "sum")), count: answer["count"] };
    });
    const samples = await inRounds(present, bench.rounds, async (child) => perMs(await run(child)));
    const about = { suite: "book", samples, subject: "kbt" } as const;
    if (kind === "ticker") {
      const target: Target = { id: "T2", op: ">=", bound: 3.5 };
      bench.say(compare({ ...about, name: "ticker to mid k/s", against: "ccxt", target }));
      return;
    }
    const name = "level2 to book k/s";
    const toCcxt: Target = { id: "T2", op: ">=", bound: 8 };
    const toTardis: Target = { id: "T2", op: ">=", bound: 2 };
    bench.say(compare({ ...about, name, against: "ccxt", target: toCcxt }));
    bench.say(compare({ ...about, name, against: "tardis", target: toTardis }));
  });
}

function sizeOf(child: Child): { readonly count: number; readonly loops: number } {
  return child.name === "kbt" || child.name === "bare" ? CHANGES : CHANGES_PEER;
}

function perMs(answer: Readonly<Record<string, unknown>>): number {
  return numberAt(answer, "count") / numberAt(answer, "ms");
}

/** A level 2 frame of Advanced Trade in the shape of the older Exchange feed, which is what tardis-dev reads. */
function asLegacy(text: string): string {
  const frame = parseObject(text);
  const [event]: unknown[] = Array.isArray(frame?.["events"]) ? frame["events"] : [];
  if (!isObject(event) || !Array.isArray(event["updates"])) throw new Error(`no updates: ${text}`);
  const updates = event["updates"].filter(isObject);
  const of = (side: string) => updates.filter((update) => update["side"] === side);
  const about = { product_id: "BTC-USD", time: frame?.["timestamp"] };
  if (event["type"] === "snapshot") {
    const bids = of("bid").map(levelOf);
    return JSON.stringify({ type: "snapshot", ...about, bids, asks: of("offer").map(levelOf) });
  }
  const changes = updates.map((u) => [u["side"] === "bid" ? "buy" : "sell", ...levelOf(u)]);
  return JSON.stringify({ type: "l2update", ...about, changes });
}

function levelOf(update: Readonly<Record<string, unknown>>): unknown[] {
  return [update["price_level"], update["new_quantity"]];
}
