import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createSigner } from "../../adapters/kalshi/auth.ts";
import { readKeyFile, readTextIfExists } from "../../adapters/platform/files.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { KbtError } from "../../core/errors.ts";
import { createLocalExchange, type LocalExchange } from "../../exchange/exchange.ts";
import { createControl } from "../../exchange/faults/control.ts";
import type { FaultRule } from "../../exchange/faults/fault-rule.ts";
import { readRules } from "../../exchange/faults/read-rules.ts";
import type { Listener } from "../../exchange/server/listen.ts";
import type { CommandContext, CommandResult, SimServerOptions } from "../context.ts";
import { serveInRealTime } from "../drive.ts";
import { faultsOf, openWorld } from "./local-exchange.ts";

/** `kbt sim`: the local exchange as a server for other processes, until a signal. */
export async function sim(ctx: CommandContext, options: SimServerOptions): Promise<CommandResult> {
  const real = createSystemClock();
  // Other processes live by the system's clock, so the exchange does too. The world begins at a whole second.
  const nowMs = real.nowMs();
  const startMs = Math.floor(nowMs / 1000) * 1000;
  const startMono = real.monoMs() - (nowMs - startMs) / options.speed;
  const given = await givenFiles(ctx, options);
  const { world } = openWorld(options.scenario, options.seed, startMs);
  const faults = faultsOf(options);
  const exchange = createLocalExchange({
    world,
    faults: { seed: options.seed, rules: [...(faults.rules ?? []), ...given.rules] },
    ...(given.keyPem === null ? {} : { keyPem: given.keyPem }),
    // At another speed the clocks drift apart, and clients sign by theirs.
    ...(options.speed === 1 ? {} : { signingMs: () => real.nowMs() }),
  });
  const listener = await listen(exchange, options.port);
  const folder = await mkdtemp(join(tmpdir(), "kbt-sim-"));
  try {
    const keyPath = given.keyPath ?? join(folder, "key.pem");
    if (given.keyPath === null) {
      await writeFile(keyPath, exchange.privateKeyPem, { mode: 0o600 });
    }
    const data = started(options, { exchange, listener, keyPath });
    ctx.emit(data, startedText(data));
    await serveInRealTime(
      {
        simulation: exchange,
        startMs: world.nowMs(),
        // What the start took is caught up with; a recording begins when it is served.
        startMono: options.scenario.startsWith("replay:") ? real.monoMs() : startMono,
        speed: options.speed,
        real: { monoMs: () => real.monoMs(), sleep: (ms, s) => real.sleep(ms, s), turn },
      },
      ctx.signal,
    );
  } finally {
    await listener.close();
    await rm(folder, { recursive: true, force: true });
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

async function listen(exchange: LocalExchange, port: number): Promise<Listener> {
  try {
    return await exchange.listen({ port, control: createControl(exchange) });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const isTaken = code === "EADDRINUSE";
    throw new KbtError({
      kind: "usage",
      code: isTaken ? "PORT_TAKEN" : "PORT_DENIED",
      message: isTaken ? `port ${port} is taken` : `port ${port} may not be opened by this user`,
      hint: "choose another, or leave --port out",
      cause: error,
    });
  }
}

interface Given {
  /** Absolute; null for a key of the exchange's own. */
  readonly keyPath: string | null;
  readonly keyPem: string | null;
  readonly rules: readonly FaultRule[];
}

async function givenFiles(ctx: CommandContext, options: SimServerOptions): Promise<Given> {
  const { faultsPath } = options;
  const keyPath = options.keyPath === null ? null : resolve(ctx.cwd, options.keyPath);
  const keyPem = keyPath === null ? null : await readKeyFile(keyPath);
  // Says what is wrong with a key that cannot sign, in the words clients use for theirs.
  if (keyPem !== null) createSigner({ keyId: "sim", privateKeyPem: keyPem });
  const rules = faultsPath === null ? [] : await readFaultFile(ctx, faultsPath);
  return { keyPath, keyPem, rules };
}

async function readFaultFile(ctx: CommandContext, path: string): Promise<readonly FaultRule[]> {
  const text = await readTextIfExists(resolve(ctx.cwd, path));
  if (text === null) throw faultFileError([`${path} does not exist`]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw faultFileError([`${path} is no JSON`], error);
  }
  const { rules, problems } = readRules(value);
  if (problems.length > 0) throw faultFileError(problems.map((line) => `${path}: ${line}`));
  return rules;
}

function faultFileError(lines: readonly string[], cause?: unknown): KbtError {
  return new KbtError({
    kind: "usage",
    code: "FAULTS_UNREADABLE",
    message: lines.join("\n"),
    hint: "GET /_kbt/faults of a running kbt sim lists every fault with its parameters",
    ...(cause === undefined ? {} : { cause }),
  });
}

interface Up {
  readonly exchange: LocalExchange;
  readonly listener: Listener;
  readonly keyPath: string;
}

type Started = ReturnType<typeof started>;

function started(options: SimServerOptions, { exchange, listener, keyPath }: Up) {
  const spot = listener.spotUrls;
  return {
    scenario: options.scenario,
    seed: options.seed,
    speed: options.speed,
    exchange_ms: exchange.world.nowMs(),
    rest_url: listener.restUrl,
    ws_url: listener.wsUrl,
    coinbase_ws_url: spot.coinbase.ws,
    coinbase_rest_url: spot.coinbase.rest,
    kraken_ws_url: spot.kraken.ws,
    kraken_rest_url: spot.kraken.rest,
    binance_ws_url: spot.binance.ws,
    binance_rest_url: spot.binance.rest,
    binance_futures_rest_url: spot.binance.futures,
    bitstamp_ws_url: spot.bitstamp.ws,
    bitstamp_rest_url: spot.bitstamp.rest,
    gemini_ws_url: spot.gemini.ws,
    gemini_rest_url: spot.gemini.rest,
    control_url: listener.controlUrl,
    key_id: exchange.keyId,
    key_path: keyPath,
  };
}

const OTHER_VENUES = ["kraken", "binance", "bitstamp", "gemini"] as const;

function startedText(data: Started): string {
  return [
    "the local exchange is up; in another terminal:",
    `export KALSHI_REST_URL=${data.rest_url}`,
    `export KALSHI_WS_URL=${data.ws_url}`,
    `export COINBASE_WS_URL=${data.coinbase_ws_url}`,
    `export KBT_COINBASE__REST_URL=${data.coinbase_rest_url}`,
    ...OTHER_VENUES.flatMap((venue) => [
      `export KBT_${venue.toUpperCase()}__WS_URL=${data[`${venue}_ws_url`]}`,
      `export KBT_${venue.toUpperCase()}__REST_URL=${data[`${venue}_rest_url`]}`,
    ]),
    `export KBT_BINANCE__FUTURES_REST_URL=${data.binance_futures_rest_url}`,
    `export KALSHI_API_KEY_ID=${data.key_id}`,
    `export KALSHI_PRIVATE_KEY_PATH=${data.key_path}`,
    `export SIM_URL=${data.control_url}`,
    ...nextSteps(data),
    "curl $SIM_URL/state",
    "Ctrl-C here stops it.",
    "",
  ].join("\n");
}

// kbt reads this machine's clock: to it the markets of another clock are closed, or not yet open.
function nextSteps({ scenario, speed }: Started): readonly string[] {
  const isRecording = scenario.startsWith("replay:");
  if (speed === 1 && !isRecording) return ["kbt paper --db ./data/local.sqlite --seconds 60"];
  return [
    `This exchange's clock is not this machine's${isRecording ? "" : `: it runs at ${speed}x`}. kbt's own commands`,
    `need one clock; give them --sim=${scenario} --sim-speed ${speed} instead of these URLs.`,
  ];
}
