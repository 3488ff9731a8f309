// Running kbt day and night: `collect`, `paper` and `live` on one file against one local exchange, looked at every few
// seconds from outside. What falls, with an exit after which its unit starts it again, is started again. An operator looks after
// live every --operator-minutes: a latch is cleared and live started again; until then it runs on and trades nothing. Growth is
// asked about after --warm-minutes of each life: ten, or a third of a short soak.
//
//   npm run soak:operate -- --minutes 60 --seed 1 --scenario chaos --speed 20 --keep
//
// All four processes live by one clock that runs --speed times as fast as this machine's (fast-clock.mjs): kbt lives by its
// machine's clock, and to it the markets of an exchange that runs away from that are closed. So an hour at 20 has 20 hours of feeds, orders,
// settlements, hourly packing and thinning, and everything the loop does not wait for costs 20 times its share of a core;
// memory, files, lag and growth an hour are by the real clock.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, parseEnv } from "node:util";
import Database from "better-sqlite3";
import { EAGER } from "../../tests/support/orders/live-session.ts";
import { freePort } from "../free-port.ts";
import { Keeper } from "./operate/keeper.ts";
import { type Sample, takeSample, type Watched } from "./operate/sample.ts";
import { number, tableOf, targetsOf } from "./operate/verdict.ts";
import { environmentOf, serve } from "./served.ts";

const LOOK_MS = 5_000;
const START_MS = 3_000;
const WARM_UP_MS_MAX = 600_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    scenario: { type: "string", default: "chaos" },
    speed: { type: "string", default: "20" },
    series: { type: "string", default: "KXBTC15M,KXSOL15M" },
    feeds: { type: "string", default: "kalshi,coinbase" },
    "operator-minutes": { type: "string", default: "40" },
    "warm-minutes": { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const [speed, durationMs] = [Number(values.speed), Number(values.minutes) * 60_000];
const operatorMs = Number(values["operator-minutes"]) * 60_000;
const feeds = values.feeds.split(",");
const folder = mkdtempSync(join(tmpdir(), "kbt-operate-"));
const db = join(folder, "kbt.sqlite");
const samplesPath = join(folder, "samples.jsonl");
const warmUp = warmUpMs(values["warm-minutes"]);

/** What each life may take until its growth is asked about. */
function warmUpMs(minutes: string | undefined): number {
  const short = Math.min(WARM_UP_MS_MAX, durationMs / 3);
  const asked = minutes === undefined ? short : Number(minutes) * 60_000;
  if (Number.isNaN(asked)) throw new Error(`--warm-minutes takes a number, not '${minutes}'`);
  return asked;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** As the units and the tmux session start it. */
const MEMORY = Object.fromEntries(
  Object.entries(parseEnv(readFileSync(new URL("../ops/memory.env", import.meta.url), "utf8"))).map(
    ([name, value]) => [name, value ?? ""],
  ),
);

const preload = (name: string): string => new URL(name, import.meta.url).pathname;
const FAST = ["--import", preload("fast-clock.mjs")];
const t0 = Date.now();
const clock = { SOAK_SPEED: values.speed, SOAK_START_MS: String(t0), SOAK_T0_MS: String(t0) };

const { child: exchange, urls } = await serve(
  folder,
  ["--scenario", values.scenario, "--seed", values.seed, "--speed", values.speed],
  { words: FAST, env: { ...clock, SOAK_DATES_ONLY: "1" } },
);
const env = {
  ...environmentOf(urls, { folder, db, venues: feeds.filter((feed) => feed !== "kalshi") }),
  ...clock,
  ...MEMORY,
  TRADING_ENABLED: "1",
  // A small disk: packed after an hour, thinned after four.
  KBT_STORAGE__COMPACT_AFTER_HOURS: "1",
};
const setting = {
  folder,
  db,
  speed,
  clockWords: FAST,
  probeWords: ["--import", preload("probe.mjs")],
  env,
  say,
};
const eager = Object.entries({ ...EAGER, "risk.max_open_positions": "10" });
const trading = [
  "--series",
  values.series,
  ...eager.flatMap(([key, to]) => ["--set", `${key}=${to}`]),
];
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  collect: [
    "--series",
    values.series,
    ...feeds.map((feed) => `--${feed}`),
    "--seconds",
    "0",
    "--retain",
    "4",
  ],
  paper: trading,
  live: [...trading, "--confirm-live", values.series],
};

const kept: Keeper[] = [];
for (const [name, words] of Object.entries(PROGRAMS)) {
  // One after the other: while they load, the exchange has half a core less, and half a second is ten of its own.
  await sleep(START_MS);
  kept.push(new Keeper(name, await freePort(), ["--quiet", ...words], setting));
}

function watched(): readonly Watched[] {
  const running = kept.flatMap((program) => {
    const now = program.current();
    return now === null ? [] : [{ ...now, name: program.name, port: program.port }];
  });
  return [{ pid: exchange.pid ?? 0, name: "sim", life: 1, port: null }, ...running];
}

async function look(): Promise<readonly Sample[]> {
  const taken: Sample[] = [];
  for (const one of watched()) {
    const sample = await takeSample(one, { atMs: Date.now() - t0, db, folder });
    if (sample !== null) taken.push(sample);
  }
  appendFileSync(samplesPath, taken.map((sample) => `${JSON.stringify(sample)}\n`).join(""));
  return taken;
}

/** How far the exchange is behind the clock of those who talk to it: a machine that cannot keep up serves late. */
async function lateS(): Promise<number> {
  const answer = await fetch(`${urls["control_url"]}/state`);
  const state: { readonly exchange_ms: number } = JSON.parse(await answer.text());
  return (t0 + (Date.now() - t0) * speed - state.exchange_ms) / 1000;
}

function progressLine(taken: readonly Sample[], late: number): string {
  const leftMin = Math.max(0, Math.round((t0 + durationMs - Date.now()) / 60_000));
  const each = taken.map(({ cpuS, files, life, name, page, residentMb }) => {
    const lives = life > 1 ? ` (life ${life})` : "";
    const lag = page === null ? "" : `, lag p99 ${number(page.lagP99Ms)} ms`;
    return `${name}${lives} ${number(residentMb)} MB, ${files} files, CPU ${number(cpuS)} s${lag}`;
  });
  const [first] = taken;
  return `${leftMin} min left; ${each.join("; ")}; database ${number(first?.databaseMb ?? 0)} MB, WAL ${number(first?.walMb ?? 0)} MB; the exchange ${number(late)} s of its own behind`;
}

const TABLES = [
  "SELECT 'runs', count(*) FROM runs",
  "SELECT 'order-book changes', (SELECT count(*) FROM deltas) + (SELECT coalesce(sum(n), 0) FROM delta_segments)",
  "SELECT 'spot ticks', count(*) FROM spots",
  "SELECT 'public trades', count(*) FROM trades",
  "SELECT mode || ': evaluations', count(*) FROM opportunities GROUP BY mode",
  "SELECT mode || ': orders', count(*) FROM orders GROUP BY mode",
  "SELECT mode || ': fills', count(*) FROM fills GROUP BY mode",
  "SELECT 'settlements', count(*) FROM settlements",
  "SELECT 'gaps', count(*) FROM feed_gaps",
  "SELECT mode || ': latches ' || kind, count(*) FROM latches GROUP BY mode, kind",
];

function sayRows(): void {
  const reader = new Database(db, { readonly: true });
  for (const query of TABLES) {
    const rows = reader.prepare<[], [string, number]>(query).raw().all();
    for (const [what, count] of rows) say(`  ${what}: ${count}`);
  }
  say(`  integrity_check: ${String(reader.pragma("integrity_check", { simple: true }))}`);
  reader.close();
}

// Whoever ends this early ends what it started: four programs would run on where nobody sees them.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    exchange.kill("SIGKILL");
    for (const program of kept) program.kill();
    process.exit(130);
  });
}

writeFileSync(samplesPath, "");
const samples: Sample[] = [];
for (let looks = 1; Date.now() < t0 + durationMs; looks++) {
  await sleep(LOOK_MS);
  const taken = await look();
  samples.push(...taken);
  if ((looks * LOOK_MS) % operatorMs === 0) {
    for (const program of kept) {
      const page = taken.find(({ name }) => name === program.name)?.page;
      if ((page?.latched.length ?? 0) === 0) continue;
      say(`${program.name} latched: ${page?.latched.join(", ")}`);
      program.unlatch();
    }
  }
  if ((looks * LOOK_MS) % 60_000 === 0) say(progressLine(taken, await lateS()));
}
for (const program of kept) await program.stop();
exchange.kill("SIGTERM");

const account = {
  samples,
  lives: kept.flatMap(({ lives }) => lives),
  warmUpMs: warmUp,
  names: kept.map(({ name }) => name),
};
say(
  `\nseed ${values.seed}, ${values.scenario}, speed ${speed}, ${values.minutes} min, warm-up ${number(account.warmUpMs / 60_000)} min of each life;`,
);
say(
  "heap: what is left when everything that can be is collected; floors: the least of each two minutes",
);
for (const line of tableOf(account)) say(line);
say("rows");
sayRows();
const targets = targetsOf(account);
for (const { found, isMet, what } of targets)
  say(`${isMet ? "met   " : "MISSED"} ${what}; ${found}`);
if (values.keep) say(`kept in ${folder}`);
else rmSync(folder, { recursive: true, force: true });
process.exitCode = targets.every(({ isMet }) => isMet) ? 0 : 1;
