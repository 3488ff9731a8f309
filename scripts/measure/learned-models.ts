// What the learned models are worth: recorded one-minute candles go into a database as `collect` would have put them there,
// and `kbt calibrate fit` runs on it: `npm run measure:learned -- [--data ../shared/data/spot] [--db FILE]`.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import type { Candle } from "../../src/core/events.ts";
import { MINUTE_MS } from "../../src/core/learn/bars.ts";
import { main } from "../../src/main.ts";

/** Minutes that a stretch needs to be looked at alone. */
const COUNT_MIN = 20_000;

const { values } = parseArgs({
  options: {
    data: {
      type: "string",
      default: path.resolve(import.meta.dirname, "../../../shared/data/spot"),
    },
    db: { type: "string" },
  },
});

const folder = mkdtempSync(path.join(tmpdir(), "kbt-learned-"));
const database = values.db ?? path.join(folder, "kbt.sqlite");
try {
  const stretches = await importCandles(values.data, database);
  process.stdout.write("\n# All of it\n");
  await fit();
  for (const { from, name, product, to } of stretches.filter(({ count }) => count >= COUNT_MIN)) {
    process.stdout.write(`\n# ${name} alone\n`);
    await fit("--product", product, "--since", from, "--until", to);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** `kbt calibrate fit` of the models that are learnt from candles. */
async function fit(...words: string[]): Promise<void> {
  const models = ["--model", "direction,magnitude"];
  const code = await main(["calibrate", "fit", ...models, "--db", database, "--quiet", ...words]);
  if (code !== 0) process.exitCode = code;
}

interface Stretch {
  readonly name: string;
  readonly product: string;
  readonly count: number;
  readonly from: string;
  /** End of the last candle. */
  readonly to: string;
}

/** Every recorded file of one-minute candles; those of Binance.US are another venue. */
async function importCandles(data: string, db: string): Promise<Stretch[]> {
  const nowMs = Date.now();
  const recorder = createRecorder({
    path: db,
    env: "prod",
    run: { mode: "collect", startedMs: nowMs, version: "0.1.0", config: {}, command: "collect" },
    nowMs: () => nowMs,
  });
  const stretches: Stretch[] = [];
  for (const name of readdirSync(data).toSorted()) {
    const [, source, base, quote] =
      /^(binance|binanceus)_(btc|sol)(usdt|usdc|usd)_1m_\d+_\d+\.csv\.gz$/.exec(name) ?? [];
    if (source === undefined) continue;
    const product = `${base}-${quote}`.toUpperCase();
    const candles = readCandles(path.join(data, name), { source, product, recvMs: nowMs });
    for (const candle of candles) recorder.event(candle);
    const { length: count } = candles;
    process.stdout.write(`${name}: ${count} candles of ${product}\n`);
    const at = (place: number, afterMs: number): string => {
      return new Date((candles.at(place)?.openMs ?? 0) + afterMs).toISOString();
    };
    stretches.push({ name, product, count, from: at(0, 0), to: at(-1, MINUTE_MS) });
  }
  await recorder.close(0);
  return stretches;
}

function readCandles(
  file: string,
  of: { readonly source: string; readonly product: string; readonly recvMs: number },
): Candle[] {
  const [, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  return lines.map((line) => {
    const [openMs = 0, openUsd = 0, highUsd = 0, lowUsd = 0, closeUsd = 0, volume = 0] = line
      .split(",")
      .map(Number);
    return {
      type: "candle",
      ...of,
      openMs,
      intervalS: 60,
      openUsd,
      highUsd,
      lowUsd,
      closeUsd,
      volume,
    };
  });
}
