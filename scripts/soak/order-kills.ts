// Kills `kbt live` with SIGKILL again and again in the middle of its orders, each time starts the next one on the same
// database, and lets the exchange's own books judge at the end. Client and exchange live --speed times as fast as the clock.
//
//   npm run soak:kills -- --kills 500 --seed 1

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, parseArgs } from "node:util";
import { turn } from "../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../src/adapters/platform/virtual-clock.ts";
import { createLedgerWriter } from "../../src/adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../src/adapters/sqlite/open.ts";
import { activeLatches } from "../../src/adapters/sqlite/queries/runs.ts";
import { openWorld } from "../../src/app/compose/local-exchange.ts";
import { drive } from "../../src/app/drive.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import { createLocalExchange } from "../../src/exchange/exchange.ts";
import { filedRows } from "../../tests/support/orders/filed-rows.ts";
import { finalProblems } from "../../tests/support/orders/judge.ts";
import { EAGER } from "../../tests/support/orders/live-session.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    speed: { type: "string", default: "5" },
    minutes: { type: "string", default: "Infinity" },
    keep: { type: "boolean", default: false },
  },
});
const [kills, seed, speed] = [Number(values.kills), Number(values.seed), Number(values.speed)];
const rng = mulberry32(seed);
const folder = mkdtempSync(join(tmpdir(), "kbt-kills-"));
const db = join(folder, "live.sqlite");
const stop = new AbortController();

const { world } = openWorld("edge", seed);
const exchange = createLocalExchange({ world, readLag: { minMs: 50, maxMs: 1_500 } });
const listener = await exchange.listen();
const clock = new VirtualClock(world.startMs);
const t0 = Date.now();
const real = { monoMs: () => Date.now(), turn, sleep: (ms: number) => sleep(ms) };
const driven = drive({ simulation: exchange, clock, speed, real, onTime: () => {} }, stop.signal);
writeFileSync(join(folder, "key.pem"), exchange.privateKeyPem, { mode: 0o600 });

const SERIES = "KXBTC15M,KXSOL15M";
const ARGS = [
  "live",
  "--db",
  db,
  "--quiet",
  "--json",
  "--series",
  SERIES,
  "--confirm-live",
  SERIES,
];
const SETTINGS = { ...EAGER, "risk.max_open_positions": "10" };
const ENV = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder,
  LOG_PATH: join(folder, "log.jsonl"),
  TRADING_ENABLED: "1",
  KALSHI_REST_URL: listener.restUrl,
  KALSHI_WS_URL: listener.wsUrl,
  COINBASE_WS_URL: listener.coinbaseWsUrl,
  KBT_COINBASE__REST_URL: listener.coinbaseRestUrl,
  KALSHI_API_KEY_ID: exchange.keyId,
  KALSHI_PRIVATE_KEY_PATH: join(folder, "key.pem"),
  SOAK_SPEED: String(speed),
  SOAK_START_MS: String(world.startMs),
  SOAK_T0_MS: String(t0),
};

const problems = new Set<string>();
const latches = new Map<string, number>();
const sums = { killed: 0, atOrders: 0, exited: 0 };
let stdout = "";
let stderr = "";

function start(): ChildProcess {
  clearLatches();
  const set = Object.entries(SETTINGS).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const args = ["--import", join(ROOT, "scripts/soak/fast-clock.mjs"), join(ROOT, "bin/kbt.js")];
  const child = spawn(process.execPath, [...args, ...ARGS, ...set], { cwd: folder, env: ENV });
  stdout = "";
  stderr = "";
  child.stderr?.on("data", (part: Buffer) => {
    stderr += part.toString();
  });
  child.stdout?.on("data", (part: Buffer) => {
    stdout += part.toString();
  });
  return child;
}

/** What a person would look at and reset; anything but an order whose fate was unknown is a fault. */
function clearLatches(): void {
  if (!existsSync(db)) return;
  const reader = openReader(db, { segments: false });
  const kinds = activeLatches(reader, "live").map(({ kind }) => kind);
  reader.close();
  if (kinds.length === 0) return;
  const ledger = createLedgerWriter({ path: db, env: "demo" });
  for (const kind of kinds) {
    latches.set(kind, (latches.get(kind) ?? 0) + 1);
    if (!kind.startsWith("unknown_order")) problems.add(`latched: ${kind}`);
    ledger.clearLatch({ mode: "live", kind, atMs: clock.nowMs(), reason: "soak" });
  }
  ledger.close();
}

/** Orders and cancels that the exchange has seen. */
function happened(): number {
  const orders = exchange.desk.orders();
  return orders.length + orders.filter(({ status }) => status !== "resting").length;
}

/** Waits for something to happen to an order, or for a while. */
async function nextHappening(child: ChildProcess, maxMs: number): Promise<boolean> {
  const before = happened();
  const untilMs = Date.now() + maxMs;
  while (Date.now() < untilMs && child.exitCode === null) {
    if (happened() !== before) return true;
    await sleep(1);
  }
  return false;
}

/** The end of what the newest one said, in which its reason is. */
function said(): string {
  return `${stdout.slice(-600)} ${stderr.slice(-300)}`.trim();
}

async function killOnce(): Promise<void> {
  const child = start();
  const ended = once(child, "exit");
  // One in five dies somewhere in its start or while it looks after the last one's orders.
  if (rng.next() < 0.2) await Promise.race([sleep(rng.next() * 2_500), ended]);
  else {
    const count = 1 + Math.floor(rng.next() * 2);
    for (let n = 0; n < count; n++) if (await nextHappening(child, 25_000)) sums.atOrders++;
    await sleep(rng.next() * 15);
  }
  if (child.exitCode === null) {
    child.kill("SIGKILL");
    sums.killed++;
  } else {
    sums.exited++;
    if (child.exitCode !== 8) problems.add(`ended by itself with ${child.exitCode}: ${said()}`);
  }
  await ended;
}

/** The last one finds everything out and ends as runs end. */
async function lastRun(): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const child = start();
    const ended = once(child, "exit");
    await Promise.race([sleep(90_000 / speed), ended]);
    child.kill("SIGTERM");
    await ended;
    if (child.exitCode === 0) return;
    process.stdout.write(`the last run ended with ${child.exitCode}: ${said()}\n`);
  }
  problems.add("no run came to a clean end");
}

const say = (): void => {
  const [orders, fills] = [exchange.desk.orders().length, exchange.desk.fills().length];
  const minutes = ((Date.now() - t0) / 60_000).toFixed(1);
  process.stdout.write(
    `${sums.killed} kills in ${minutes} min, ${sums.exited} ended before, ${sums.atOrders} happenings waited for, ` +
      `${orders} orders and ${fills} fills at the exchange, latches ${inspect(Object.fromEntries(latches))}\n`,
  );
};
try {
  const untilMs = t0 + Number(values.minutes) * 60_000;
  for (let n = 1; sums.killed < kills && Date.now() < untilMs; n++) {
    await killOnce();
    if (n % 25 === 0) say();
  }
  await lastRun();
  for (const problem of finalProblems(exchange, filedRows(db))) problems.add(problem);
} finally {
  stop.abort(new DOMException("over", "AbortError"));
  await driven;
  await listener.close();
}
say();
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  `npm run soak:kills -- --kills ${kills} --seed ${seed}: ${problems.size} problems\n`,
);
if (values.keep) process.stdout.write(`${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.exitCode = problems.size === 0 ? 0 : 1;
