import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tempFolder } from "../../support/kbt.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const UNITS = `${ROOT}/scripts/ops/systemd`;
const folder = tempFolder();
afterAll(() => folder.remove());

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).error === undefined;
const missing = hasSystemd ? "" : " (SYSTEMD IS NOT INSTALLED)";

/** The units as on a machine where kbt lies here and not in /opt/kbt. */
function unitsHere(): string {
  const copy = `${folder.path}/units`;
  cpSync(UNITS, copy, { recursive: true });
  for (const name of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
    if (!/\.(service|timer|conf)$/.test(name)) continue;
    const text = readFileSync(`${copy}/${name}`, "utf8").replaceAll("/opt/kbt", ROOT);
    writeFileSync(`${copy}/${name}`, text);
  }
  return copy;
}

test.skipIf(!hasSystemd)(`systemd finds nothing wrong with the units${missing}`, () => {
  const copy = unitsHere();
  const units = readdirSync(copy).filter((name) => /\.(service|timer)$/.test(name));
  expect(units.length).toBeGreaterThan(8);
  const { stderr, stdout } = spawnSync(
    "systemd-analyze",
    ["verify", ...units.map((name) => `${copy}/${name}`)],
    { encoding: "utf8" },
  );
  expect(stdout + stderr).toBe("");
});

test("every unit exists that another names, and every path in them", () => {
  for (const name of readdirSync(UNITS).filter((file) => file.endsWith(".timer"))) {
    expect(existsSync(`${UNITS}/${name.replace(".timer", ".service")}`), name).toBe(true);
  }
  for (const name of readdirSync(UNITS).filter((file) => file.endsWith(".service"))) {
    const text = readFileSync(`${UNITS}/${name}`, "utf8");
    for (const [, path] of text.matchAll(/\/opt\/kbt\/([\w./-]+)/g)) {
      expect(existsSync(`${ROOT}/${path}`), `${name}: ${path}`).toBe(true);
    }
  }
});

/** kbt as the script sees it: it listens, and ends in its own time with its own code. */
const PROGRAM = `#!/usr/bin/env node
const port = Number(process.argv[process.argv.indexOf("--metrics-port") + 1]);
require("node:http").createServer((_, answer) => answer.end("{}")).listen(port, "127.0.0.1");
process.on("SIGTERM", () => setTimeout(() => process.exit(8), 300));
`;

test("kbt-watched.sh says ready, alive and stopping, passes a stop on and ends with kbt's own code", async () => {
  const said = `${folder.path}/said`;
  writeFileSync(`${folder.path}/kbt`, PROGRAM, { mode: 0o700 });
  const notify = `#!/bin/sh\necho "$*" >> "${said}"\n`;
  writeFileSync(`${folder.path}/systemd-notify`, notify, { mode: 0o700 });
  const port = String(20_000 + (process.pid % 20_000));
  const child = spawn(`${UNITS}/kbt-watched.sh`, [port, "collect", "--seconds", "0"], {
    env: {
      PATH: `${folder.path}:${process.env["PATH"]}`,
      NOTIFY_SOCKET: "unused",
      WATCHED_PROGRAM: `${folder.path}/kbt`,
      WATCH_SECONDS: "0.1",
    },
  });
  const ended = new Promise((done) => {
    child.on("close", done);
  });
  await expect
    .poll(() => (existsSync(said) ? readFileSync(said, "utf8") : ""), { timeout: 10_000 })
    .toMatch(/WATCHDOG=1\nWATCHDOG=1/);
  child.kill("SIGTERM");
  expect(await ended).toBe(8);
  expect(readFileSync(said, "utf8")).toMatch(
    /^--ready --status=running\n(WATCHDOG=1\n)+STOPPING=1 --status=.*\n(WATCHDOG=1\n)*$/,
  );
});

test("kbt.sh is kbt with the database, configuration and key of the units, also by a link to it", () => {
  const [home, etc] = [`${folder.path}/home`, `${folder.path}/etc`];
  for (const path of [home, etc]) mkdirSync(path);
  writeFileSync(`${etc}/kbt.env`, "KALSHI_SERIES_TICKER=KXETH15M\n");
  writeFileSync(`${etc}/config.toml`, "[risk]\nbankroll_usd = 77\n");
  symlinkSync(`${ROOT}/scripts/ops/kbt.sh`, `${folder.path}/kbt-by-link`);
  const run = (...words: string[]) =>
    spawnSync(`${folder.path}/kbt-by-link`, words, {
      encoding: "utf8",
      cwd: folder.path,
      env: {
        PATH: process.env["PATH"],
        UNIT_USER: userInfo().username,
        UNIT_ETC: etc,
        UNIT_HOME: home,
      },
    });
  const { stdout } = run("config", "show", "--json");
  expect(stdout).toContain(`${home}/kbt.sqlite`);
  expect(stdout).toContain("77");
  expect(stdout).toContain("KXETH15M");
  const killed = run("kill");
  expect(killed.status).toBe(4);
  expect(killed.stderr).toContain(
    `trading is stopped (${home}/kbt.sqlite.KILL), but without a key`,
  );
  expect(existsSync(`${home}/kbt.sqlite.KILL`)).toBe(true);
  expect(run("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
}, 60_000);
