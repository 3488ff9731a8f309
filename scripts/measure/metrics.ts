// Whether a real Prometheus gets from a running kbt what scripts/ promises: starts `kbt paper --sim` with --metrics-port,
// checks the page with promtool, lets Prometheus scrape it with scripts/prometheus.yml, and asks every query of the
// dashboard and every expression of the alert rules. Needs prometheus and promtool on the PATH.
//
//   npm run measure:metrics -- --seconds 10

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../free-port.ts";

const root = new URL("../../", import.meta.url).pathname;
const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" } } });
const folder = mkdtempSync(join(tmpdir(), "kbt-prometheus-"));
let failures = 0;

function say(isOk: boolean, line: string): void {
  if (!isOk) failures++;
  process.stdout.write(`${isOk ? "ok  " : "FAIL"} ${line}\n`);
}

function promtool(words: readonly string[], input?: string): void {
  const { status, stderr, stdout } = spawnSync("promtool", words, {
    cwd: root,
    input,
    encoding: "utf8",
  });
  say(status === 0, `promtool ${words.join(" ")}${status === 0 ? "" : `\n${stdout}${stderr}`}`);
}

async function textOf(url: string): Promise<string | null> {
  try {
    return await (await fetch(url)).text();
  } catch {
    return null;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await look()) return;
    await sleep(500);
  }
  throw new Error(`${what} did not come about`);
}

/** Expressions of the dashboard with their panels, its variable filled in. */
function panelQueries(): { readonly title: string; readonly expr: string }[] {
  const text = readFileSync(`${root}scripts/grafana-dashboard.json`, "utf8");
  const dashboard: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(text);
  return dashboard.panels.flatMap(({ targets, title }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll("$instance", ".*") })),
  );
}

interface Answer {
  readonly data?: {
    readonly result?: readonly { readonly value: readonly [atS: number, value: string] }[];
    readonly groups?: readonly { readonly rules: readonly Rule[] }[];
  };
}

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
}

async function ask(port: number, path: string): Promise<Answer> {
  const answer: Answer = JSON.parse((await textOf(`http://127.0.0.1:${port}${path}`)) ?? "{}");
  return answer;
}

function start(program: string, words: readonly string[]): ChildProcess {
  const child = spawn(program, words, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let last = "";
  child.stderr.on("data", (chunk: Buffer) => {
    last = chunk.toString();
  });
  child.on("exit", (code) => {
    if (code !== 0 && code !== null)
      process.stderr.write(`${program} ended with ${code}: ${last}\n`);
  });
  return child;
}

function configFor(port: number): string {
  return readFileSync(`${root}scripts/prometheus.yml`, "utf8")
    .replace("scrape_interval: 5s", "scrape_interval: 1s")
    .replace("scrape_timeout: 4s", "scrape_timeout: 1s")
    .replace("evaluation_interval: 15s", "evaluation_interval: 1s")
    .replace("- alerts.yml", `- ${root}scripts/alerts.yml`)
    .replace("127.0.0.1:9464", `127.0.0.1:${port}`)
    .replace(/\n\s+- 127\.0\.0\.1:946[56]/g, "");
}

async function judge(scraped: number, asked: number): Promise<void> {
  promtool(["check", "metrics"], (await textOf(`http://127.0.0.1:${scraped}/metrics`)) ?? "");
  const health = await textOf(`http://127.0.0.1:${scraped}/healthz`);
  say(health?.includes('"state":"running"') === true, `/healthz: ${health?.trim()}`);
  for (const { expr, title } of panelQueries()) {
    const answer = await ask(asked, `/api/v1/query?query=${encodeURIComponent(expr)}`);
    // A quotient of nothing is a series too, and shows nobody anything.
    const numbers = answer.data?.result?.filter(({ value: [, value] }) => value !== "NaN") ?? [];
    const series = numbers.length;
    say(series > 0, `${title}: ${series} series for ${expr}`);
  }
  for (const { health: state, name, state: firing } of await rulesOf(asked)) {
    say(state === "ok" && firing !== "firing", `rule ${name}: evaluates ${state}, ${firing}`);
  }
}

async function rulesOf(port: number): Promise<readonly Rule[]> {
  const { data } = await ask(port, "/api/v1/rules");
  return data?.groups?.flatMap(({ rules }) => rules) ?? [];
}

promtool(["check", "config", "scripts/prometheus.yml"]);
promtool(["check", "rules", "scripts/alerts.yml"]);
promtool(["test", "rules", "scripts/alerts.test.yml"]);
const [scraped, asked] = [await freePort(), await freePort()];
writeFileSync(join(folder, "prometheus.yml"), configFor(scraped));
const children = [
  start(process.execPath, [
    `${root}bin/kbt.js`,
    // Fast and not choosy, so that positions are opened and closed within the minute.
    ..."paper --sim --sim-speed 300 --seconds 600 --quiet --set risk.max_open_positions=20".split(
      " ",
    ),
    "--metrics-port",
    String(scraped),
    "--db",
    join(folder, "kbt.sqlite"),
  ]),
  start("prometheus", [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "tsdb")}`,
    `--web.listen-address=127.0.0.1:${asked}`,
    "--log.level=warn",
  ]),
];
try {
  await until(
    "the first page",
    async () => (await textOf(`http://127.0.0.1:${scraped}/metrics`)) !== null,
  );
  await until(
    "Prometheus",
    async () => (await textOf(`http://127.0.0.1:${asked}/-/ready`)) !== null,
  );
  // A slow machine needs longer until the first position is closed.
  await until("the first closed position", async () =>
    /^kalshi_trade_pnl_dollars_count [1-9]/m.test(
      (await textOf(`http://127.0.0.1:${scraped}/metrics`)) ?? "",
    ),
  );
  await sleep(Number(values.seconds) * 1000);
  await judge(scraped, asked);
} finally {
  for (const child of children) child.kill("SIGINT");
  await sleep(2000);
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(failures === 0 ? "everything is there\n" : `${failures} missing\n`);
process.exitCode = failures === 0 ? 0 : 1;
