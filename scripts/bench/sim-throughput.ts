import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { createSigner } from "../../src/adapters/kalshi/auth.ts";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";
import { type SimServer, startSim } from "./sim-server.ts";

const SERIES = ["KXBTC15M", "KXSOL15M", "KXBTCD", "KXBTC"];
const WARM_UP_MS = 4000;
const PAGE = 1000;

export interface Throughput {
  readonly speed: number;
  /** Messages the client received, per second of wall time. */
  readonly perSecond: number;
  readonly mbPerSecond: number;
  /** Exchange seconds that passed per second of wall time: below `speed` where the server fell behind. */
  readonly pace: number;
  /** CPU seconds per second of wall time. */
  readonly serverCpu: number;
  readonly clientCpu: number;
  readonly rssMb: readonly [start: number, middle: number, end: number];
  readonly gaps: number;
  readonly overflows: number;
}

/** One server process, this process as its only client, subscribed to every market of the four families. */
export async function measureThroughput(
  speed: number,
  seconds: number,
  nodeFlags: readonly string[] = [],
): Promise<Throughput> {
  const server = await startSim(speed, nodeFlags);
  try {
    const client = await BenchClient.connect(server);
    await sleep(WARM_UP_MS);
    // At least one index print has told the exchange's time.
    while (client.exchangeMs === 0) await sleep(50);
    const from = snapshot(server, client);
    await sleep((seconds * 1000) / 2);
    const middle = snapshot(server, client);
    await sleep((seconds * 1000) / 2);
    const to = snapshot(server, client);
    client.close();
    const wallS = (to.ms - from.ms) / 1000;
    return {
      speed,
      perSecond: (to.messages - from.messages) / wallS,
      mbPerSecond: (to.bytes - from.bytes) / wallS / 1e6,
      pace: (to.exchangeMs - from.exchangeMs) / 1000 / wallS,
      serverCpu: (to.cpuS - from.cpuS) / wallS,
      clientCpu: (to.clientCpuS - from.clientCpuS) / wallS,
      rssMb: [from.rssMb, middle.rssMb, to.rssMb],
      gaps: client.gaps,
      overflows: client.overflows,
    };
  } finally {
    await server.stop();
  }
}

function snapshot(server: SimServer, client: BenchClient) {
  const { user, system } = process.cpuUsage();
  const { messages, bytes, exchangeMs } = client;
  const clientCpuS = (user + system) / 1e6;
  return { ms: performance.now(), messages, bytes, exchangeMs, clientCpuS, ...server.usage() };
}

/** Reads as a collector would, up to the number of each frame; new markets are subscribed to as they are announced. */
class BenchClient {
  messages = 0;
  bytes = 0;
  gaps = 0;
  /** Subscriptions the exchange ended because this client did not keep up. */
  overflows = 0;
  exchangeMs = 0;
  readonly #socket: WebSocket;
  readonly #lastSeq = new Map<number, number>();
  readonly #announced: string[] = [];
  #sids: readonly number[] = [];
  #commands = 100;

  static async connect(server: SimServer): Promise<BenchClient> {
    const response = await fetch(`${server.restUrl}/exchange/status`);
    await response.text();
    // At many times the usual speed only the exchange's own clock says what a signature must carry.
    const nowMs = Date.parse(response.headers.get("date") ?? "");
    const { keyId, privateKeyPem } = server;
    const headers = createSigner({ keyId, privateKeyPem }).sign(nowMs, "GET", server.wsUrl);
    const socket = new WebSocket(server.wsUrl, {
      headers,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    await once(socket, "open");
    const client = new BenchClient(socket);
    client.#subscribe(await listedMarkets(server.restUrl));
    return client;
  }

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#hear(data));
  }

  close(): void {
    this.#socket.terminate();
  }

  #subscribe(tickers: readonly string[]): void {
    const channels = ["orderbook_delta", "ticker", "trade"];
    this.#send("subscribe", { channels, market_tickers: tickers });
    this.#send("subscribe", { channels: ["market_lifecycle_v2"] });
    this.#send("subscribe", { channels: ["cfbenchmarks_value"], index_ids: ["BRTI"] });
  }

  #send(cmd: string, params: object): void {
    this.#commands++;
    this.#socket.send(JSON.stringify({ id: this.#commands, cmd, params }));
  }

  #hear(data: Buffer): void {
    this.messages++;
    this.bytes += data.length;
    // The envelope is at the front; looking no further keeps the client's share of the machine small.
    const head = data.toString("latin1", 0, 80);
    const sid = numberAfter(head, '"sid":');
    const seq = numberAfter(head, '"seq":');
    if (seq >= 0) {
      if (seq !== (this.#lastSeq.get(sid) ?? 0) + 1) this.gaps++;
      this.#lastSeq.set(sid, seq);
    }
    if (head.startsWith('{"type":"cfb')) this.#readTime(data);
    else if (head.startsWith('{"type":"market_l')) this.#readLifecycle(data);
    else if (head.startsWith('{"type":"subscribed"')) this.#readSubscribed(data);
    else if (head.startsWith('{"type":"error"')) this.#readError(data);
  }

  #readTime(data: Buffer): void {
    const ms = numberAfter(data.toString(), '"sending_ts_ms":');
    if (ms > 0) this.exchangeMs = ms;
  }

  #readSubscribed(data: Buffer): void {
    const msg = parseObject(data.toString())?.["msg"];
    if (!isObject(msg)) return;
    const ofMarkets = ["orderbook_delta", "ticker", "trade"].includes(String(msg["channel"]));
    if (ofMarkets) this.#sids = [...this.#sids, Number(msg["sid"])];
  }

  #readLifecycle(data: Buffer): void {
    const msg = parseObject(data.toString())?.["msg"];
    if (!isObject(msg) || msg["event_type"] !== "created") return;
    if (this.#announced.push(String(msg["market_ticker"])) === 1) setTimeout(() => this.#add(), 20);
  }

  /** A ladder is announced market by market; one command takes them all. */
  #add(): void {
    const market_tickers = this.#announced.splice(0);
    for (const sid of this.#sids) {
      this.#send("update_subscription", { sids: [sid], market_tickers, action: "add_markets" });
    }
  }

  #readError(data: Buffer): void {
    const msg = parseObject(data.toString())?.["msg"];
    const code = isObject(msg) ? msg["code"] : undefined;
    // An overflow ends its subscription, which commands already on their way then ask for in vain.
    if (code === 25) this.overflows++;
    else if (code !== 7 || this.overflows === 0) throw new Error(`refused: ${data.toString()}`);
  }
}

function numberAfter(text: string, field: string): number {
  const at = text.indexOf(field);
  return at < 0 ? -1 : Number.parseInt(text.slice(at + field.length), 10);
}

/** The markets that trade and those that soon will: the next quarter hours are listed an hour ahead. */
async function listedMarkets(restUrl: string): Promise<string[]> {
  const pages = SERIES.flatMap((series) =>
    ["open", "unopened"].map(async (status) => {
      const query = `series_ticker=${series}&status=${status}&limit=${PAGE}`;
      const response = await fetch(`${restUrl}/markets?${query}`);
      const { markets } = parseObject(await response.text()) ?? {};
      if (!Array.isArray(markets)) throw new Error(`no markets of ${series} (${response.status})`);
      return markets.filter(isObject).map((market) => String(market["ticker"]));
    }),
  );
  return (await Promise.all(pages)).flat();
}
