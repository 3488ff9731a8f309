// A run that records until it is killed, and says on stdout what has been committed:
//   victim.ts <database> <seed> [milliseconds after which it ends by itself]
// Lines: `run <id>`, then `stored <rows as JSON>` after each commit that it waited for.
import { writeSync } from "node:fs";
import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import { price, qty } from "../../src/core/units.ts";

const [path = "", seed = "1", endsAfterMs = "Infinity"] = process.argv.slice(2);
const rng = mulberry32(Number(seed));
const startedMs = Date.now();
const run = { mode: "paper", startedMs, version: "0", config: {}, command: "victim" } as const;
const recorder = createRecorder({
  path,
  env: "sim",
  run,
  writer: "thread",
  batchRows: 50,
  nowMs: () => Date.now(),
});

// Synchronous, so that what is said was said before the kill.
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

let seq = 0;
function record(): void {
  const recvMs = Date.now();
  const ticker = `KXBTC15M-26NOV021415-${seq % 7}`;
  const common = { ticker, exchangeMs: recvMs - 3, recvMs } as const;
  seq++;
  if (rng.next() < 0.05) {
    recorder.event({
      type: "trade",
      tradeId: `${recorder.runId}-${seq}`,
      yesPrice: price(4_000),
      qty: qty(100),
      takerSide: "yes",
      ...common,
    });
    return;
  }
  const at = price(seq % 9_000);
  recorder.event({ type: "delta", sid: 1, seq, side: "yes", price: at, delta: qty(5), ...common });
}

function decide(): void {
  recorder.risk({ atMs: Date.now(), kind: "soak", value: seq, limitValue: null, reason: "" });
}

say(`run ${recorder.runId}`);
while (Date.now() - startedMs < Number(endsAfterMs)) {
  for (let n = Math.floor(rng.next() * 200); n > 0; n--) record();
  if (rng.next() < 0.3) decide();
  if (rng.next() < 0.5) recorder.flush();
  if (rng.next() < 0.4) {
    await recorder.drain();
    say(`stored ${JSON.stringify(Object.fromEntries(recorder.counts()))}`);
  }
  await new Promise((resolve) => {
    setTimeout(resolve, rng.next() * 4);
  });
}
await recorder.close(0);
