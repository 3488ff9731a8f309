import { createSigner, type Signer } from "../../adapters/kalshi/auth.ts";
import { readKeyFile } from "../../adapters/platform/files.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { SimOptions } from "../context.ts";
import type { Environment } from "./environment.ts";

const KALSHI_HOSTS = {
  demo: {
    rest: "https://external-api.demo.kalshi.co/trade-api/v2",
    ws: "wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2",
  },
  prod: {
    rest: "https://external-api.kalshi.com/trade-api/v2",
    ws: "wss://external-api-ws.kalshi.com/trade-api/ws/v2",
  },
} as const;

/** Opens the environment that the options ask for. */
export async function openEnvironment(
  config: Config,
  sim: SimOptions | null,
): Promise<Environment> {
  if (sim === null) return openInternet(config);
  const { openLocalExchange } = await import("./local-exchange.ts");
  return openLocalExchange(sim);
}

/** Opens it for a piece of work, and closes it however that ends. */
export async function inEnvironment<T>(
  config: Config,
  sim: SimOptions | null,
  work: (env: Environment) => Promise<T>,
): Promise<T> {
  const env = await openEnvironment(config, sim);
  try {
    return await work(env);
  } finally {
    await env.close();
  }
}

async function openInternet(config: Config): Promise<Environment> {
  const clock = createSystemClock();
  const [{ createHttpClient }, { createOpenSocket }] = await Promise.all([
    import("../../adapters/platform/http.ts"),
    import("../../adapters/platform/websocket.ts"),
  ]);
  const hosts = KALSHI_HOSTS[config.kalshi.env];
  return {
    stamp: config.kalshi.env,
    label: labelOf(config),
    clock,
    real: clock,
    http: createHttpClient(),
    openSocket: createOpenSocket(clock),
    urls: {
      kalshiRest: config.kalshi.rest_url ?? hosts.rest,
      kalshiWs: config.kalshi.ws_url ?? hosts.ws,
      spot: spotUrlsOf(config),
    },
    signer: await loadSigner(config),
    sim: null,
    close: () => Promise.resolve(),
  };
}

function spotUrlsOf(config: Config): Environment["urls"]["spot"] {
  const urlsOf = (venue: "coinbase" | "kraken" | "bitstamp" | "gemini") => ({
    ws: config[venue].ws_url,
    rest: config[venue].rest_url,
    futures: "",
  });
  const { ws_url: ws, rest_url: rest, futures_rest_url: futures } = config.binance;
  return {
    coinbase: urlsOf("coinbase"),
    kraken: urlsOf("kraken"),
    binance: { ws, rest, futures },
    bitstamp: urlsOf("bitstamp"),
    gemini: urlsOf("gemini"),
  };
}

/** Names the host when it is not the usual one, so that nobody takes a test server for the exchange. */
function labelOf({ kalshi }: Config): string {
  const host = kalshi.rest_url === null ? "" : ` at ${new URL(kalshi.rest_url).host}`;
  return `Kalshi ${kalshi.env}${host}`;
}

/** Signer of the configured key; null when no key is configured at all. */
async function loadSigner(config: Config): Promise<Signer | null> {
  const { api_key_id: keyId, private_key_path: path } = config.kalshi;
  if (keyId === null && path === null) return null;
  if (keyId === null || path === null) {
    throw new KbtError({
      kind: "config",
      code: "KEY_INCOMPLETE",
      message:
        keyId === null
          ? "a private key is configured without its key id"
          : "a key id is configured without its private key",
      hint: "set both KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or neither",
    });
  }
  return createSigner({ keyId, privateKeyPem: await readKeyFile(path) });
}
