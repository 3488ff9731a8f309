import { constants, createPrivateKey, sign } from "node:crypto";
import { isRefusal, type LocalExchange } from "../../../../src/exchange/exchange.ts";

export const WS_PATH = "/trade-api/ws/v2";
export const REST_PATH = "/trade-api/v2";

export interface Signing {
  readonly keyId: string;
  readonly privateKeyPem: string;
}

/** The fields of Kalshi and Coinbase frames that tests look at one by one. */
export interface Frame {
  readonly type: string;
  readonly sid: number;
  readonly seq?: number;
  readonly channel: string;
  readonly sequence_num: number;
  readonly msg: {
    readonly sid: number;
    readonly side: string;
    readonly price_dollars: string;
    readonly yes_dollars_fp: readonly unknown[];
    readonly no_dollars_fp: readonly unknown[];
    readonly data: string;
    readonly avg_60s_data: unknown;
    readonly last_60s_windowed_average_15min: unknown;
  };
  readonly events: readonly {
    readonly type: string;
    readonly subscriptions: unknown;
    readonly tickers: readonly { readonly product_id: string }[];
    readonly trades: readonly { readonly trade_id: string }[];
  }[];
}

/** The fields of REST bodies that tests look at one by one. */
export interface Body {
  readonly market: { readonly rules_primary: string };
  readonly markets: readonly { readonly ticker: string }[];
  readonly event: { readonly markets: readonly unknown[] };
  readonly events: readonly { readonly event_ticker: string }[];
  readonly series: unknown;
  readonly trades: readonly unknown[];
  readonly orderbook_fp: { readonly yes_dollars: unknown };
  readonly orderbooks: readonly { readonly ticker: string }[];
  readonly exchange_index_statuses: readonly unknown[];
  readonly cursor: string;
  readonly balance: number;
  readonly trading_active: boolean;
  readonly default_cost: number;
  readonly market_settled_ts: string;
  readonly error: { readonly code: string };
}

/** The three headers of a signed call; `path` is signed as it is given. */
export function signedHeaders(
  key: Signing,
  what: { method: string; path: string; atMs: number; saltLength?: number; padding?: number },
): Record<string, string> {
  const { method, path, atMs } = what;
  const message = Buffer.from(`${atMs}${method}${path}`);
  const privateKey = createPrivateKey(key.privateKeyPem);
  const signature =
    privateKey.asymmetricKeyType === "ed25519"
      ? sign(null, message, privateKey)
      : sign("sha256", message, {
          key: privateKey,
          padding: what.padding ?? constants.RSA_PKCS1_PSS_PADDING,
          ...(what.padding === undefined
            ? { saltLength: what.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST }
            : {}),
        });
  return {
    "KALSHI-ACCESS-KEY": key.keyId,
    "KALSHI-ACCESS-TIMESTAMP": `${atMs}`,
    "KALSHI-ACCESS-SIGNATURE": signature.toString("base64"),
  };
}

/** Calls a Kalshi endpoint without a socket; signs when asked to. */
export function call(
  exchange: LocalExchange,
  path: string,
  options: { method?: string; signed?: boolean } = {},
): { status: number; headers: Readonly<Record<string, string>>; json: Body } {
  const method = options.method ?? "GET";
  const fullPath = `${REST_PATH}${path}`;
  const headers =
    options.signed === true
      ? signedHeaders(exchange, {
          method,
          path: fullPath.split("?")[0] ?? "",
          atMs: exchange.world.nowMs(),
        })
      : {};
  const answer = exchange.handleHttp({ method, path: fullPath, headers, body: "" });
  return {
    status: answer.status,
    headers: answer.headers,
    json: JSON.parse(answer.body),
  };
}

/** A client in memory that notes what it gets and when. */
export class TestSocket {
  readonly texts: string[] = [];
  readonly timesMs: number[] = [];
  readonly pings: { payload: string; atMs: number }[] = [];
  closeCode: number | null = null;
  bufferedBytes = 0;
  onFrame: ((frame: Frame) => void) | undefined;
  #receive: (text: string) => void;
  readonly #closed: () => void;

  constructor(exchange: LocalExchange, kind: "kalshi" | "coinbase") {
    const headers = signedHeaders(exchange, {
      method: "GET",
      path: WS_PATH,
      atMs: exchange.world.nowMs(),
    });
    const connection = exchange.connect(
      kind,
      { path: WS_PATH, headers },
      {
        send: (text) => {
          this.texts.push(text);
          this.timesMs.push(exchange.world.nowMs());
          this.onFrame?.(JSON.parse(text));
        },
        close: (code) => {
          this.closeCode = code;
        },
        buffered: () => this.bufferedBytes,
        ping: (payload) => {
          this.pings.push({ payload, atMs: exchange.world.nowMs() });
        },
      },
    );
    if (isRefusal(connection)) throw new Error(`refused: ${connection.body}`);
    this.#receive = (text) => connection.receive(text);
    this.#closed = () => connection.closed();
  }

  get frames(): Frame[] {
    return this.texts.map((text) => JSON.parse(text));
  }

  /** Frames since the last `take`, which empties the list. */
  take(): Frame[] {
    const frames = this.frames;
    this.texts.length = 0;
    this.timesMs.length = 0;
    return frames;
  }

  say(message: unknown): void {
    this.#receive(typeof message === "string" ? message : JSON.stringify(message));
  }

  hangUp(): void {
    this.#closed();
  }

  subscribe(id: number, channels: readonly string[], params: Record<string, unknown> = {}): void {
    this.say({ id, cmd: "subscribe", params: { channels, ...params } });
  }

  update(id: number, params: Record<string, unknown>): void {
    this.say({ id, cmd: "update_subscription", params });
  }
}
