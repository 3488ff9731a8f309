import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kbt, tempFolder } from "../support/kbt.ts";
import { BOT_TOKEN, HOOK_TOKEN, startMessengers } from "../support/messengers.ts";

const folder = tempFolder();
afterAll(() => folder.remove());

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}

test("a paper run serves its metrics and its health, and refuses a port that is taken", async () => {
  const port = await freePort();
  const words = ["paper", "--sim", "--metrics-port", String(port)];
  const stops: (() => void)[] = [];
  const messengers = await startMessengers("hang");
  const run = kbt([...words, "--sim-speed", "60", "--seconds", "60"], {
    cwd: folder.path,
    env: messengers.env,
    onStderr: (_, kill) => {
      stops.push(() => kill("SIGINT"));
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const page = async (): Promise<string> => {
    try {
      return await (await fetch(`${url}/metrics`)).text();
    } catch {
      return "";
    }
  };
  await expect
    .poll(page, { timeout: 30_000 })
    .toMatch(/^kbt_evaluations_total\{reason="\w+"\} \d+$/m);
  const text = await page();
  for (const name of [
    "kalshi_trade_pnl_dollars",
    "kalshi_signal_latency_seconds",
    "kalshi_open_positions",
    "kalshi_portfolio_value_dollars",
    "kbt_decision_seconds",
    "kbt_feed_last_message_timestamp_seconds",
    "kbt_event_loop_lag_seconds",
    "kbt_active_resources",
    "kbt_api_tokens",
    "kbt_db_bytes",
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
  expect(text).toMatch(/^kbt_info\{version=".+",mode="paper",environment="sim"\} 1$/m);
  const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  // Where promtool is not installed the unit tests of the text are all there is.
  if (checked.error === undefined) expect(checked.stdout + checked.stderr).toBe("");
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
    ok: true,
    mode: "paper",
    state: "running",
    feeds: { kalshi: {}, coinbase: {} },
  });
  expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  const second = await kbt(words, { cwd: folder.path });
  expect(second).toMatchObject({ code: 2, stdout: "" });
  expect(second.stderr).toMatch(
    /^error\[PORT_IN_USE\] port \d+ of 127\.0\.0\.1 is in use[^\n]*\n$/,
  );
  stops.at(-1)?.();
  const { code, stderr, stdout } = await run;
  expect(code).toBe(0);
  // Telegram had enough at first and got it all later; what hangs costs its own messages and nothing else.
  const told = messengers.telegram.map((asked) => asked.text).join("\n");
  expect(told).toContain("paper started on local exchange");
  expect(told).toContain("paper ended as asked");
  expect(stderr).toMatch(/warning: \d+ alerts were not delivered to discord; why is in the log/);
  messengers.close();
  const log = readFileSync(join(folder.path, "logs/kbt.jsonl"), "utf8");
  expect(log).toContain('"ev":"tape.pass"');
  const everything =
    stdout + stderr + log + readFileSync(join(folder.path, "data/kbt.sqlite"), "latin1");
  for (const secret of [BOT_TOKEN.slice(7), HOOK_TOKEN]) expect(everything).not.toContain(secret);
});
