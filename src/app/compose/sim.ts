import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLocalExchange } from "../../exchange/exchange.ts";
import type { CommandContext, CommandResult, SimServerOptions } from "../context.ts";
import { serveInRealTime } from "../drive.ts";
import { openWorld } from "./local-exchange.ts";

/** `kbt sim`: the local exchange as a server for other processes, until a signal. */
export async function sim(ctx: CommandContext, options: SimServerOptions): Promise<CommandResult> {
  const real = createSystemClock();
  // Other processes live by the system's clock, so the exchange does too.
  const startMs = Math.floor(real.nowMs() / 1000) * 1000;
  const { world } = openWorld(options.scenario, options.seed, startMs);
  const exchange = createLocalExchange({ world });
  const listener = await exchange.listen({ port: options.port });
  const folder = await mkdtemp(join(tmpdir(), "kbt-sim-"));
  const keyPath = join(folder, "key.pem");
  try {
    await writeFile(keyPath, exchange.privateKeyPem, { mode: 0o600 });
    const data = {
      scenario: options.scenario,
      seed: options.seed,
      speed: options.speed,
      exchange_ms: world.nowMs(),
      rest_url: listener.restUrl,
      ws_url: listener.wsUrl,
      coinbase_ws_url: listener.coinbaseWsUrl,
      coinbase_rest_url: listener.coinbaseRestUrl,
      key_id: exchange.keyId,
      key_path: keyPath,
    };
    ctx.emit(data, started(data));
    await serveInRealTime(
      { simulation: exchange, startMs: world.nowMs(), speed: options.speed, real },
      ctx.signal,
    );
  } finally {
    await listener.close();
    await rm(folder, { recursive: true, force: true });
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

function started(data: {
  readonly rest_url: string;
  readonly ws_url: string;
  readonly coinbase_ws_url: string;
  readonly coinbase_rest_url: string;
  readonly key_id: string;
  readonly key_path: string;
}): string {
  return [
    "the local exchange is up; in another terminal:",
    `export KALSHI_REST_URL=${data.rest_url}`,
    `export KALSHI_WS_URL=${data.ws_url}`,
    `export COINBASE_WS_URL=${data.coinbase_ws_url}`,
    `export KBT_COINBASE__REST_URL=${data.coinbase_rest_url}`,
    `export KALSHI_API_KEY_ID=${data.key_id}`,
    `export KALSHI_PRIVATE_KEY_PATH=${data.key_path}`,
    "kbt paper --db ./data/local.sqlite --seconds 60",
    "Ctrl-C here stops it.",
    "",
  ].join("\n");
}
