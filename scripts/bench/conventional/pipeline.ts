import { EventEmitter } from "node:events";
import Database from "better-sqlite3";
import { type Logger, pino } from "pino";
import { WebSocket } from "ws";
import type { PathRun } from "../path-run.ts";
import { FRAMES_PER_SPOT, spotBefore } from "../path-world.ts";
import { ObjectBook } from "./book.ts";
import { Decimal } from "./decimal.ts";
import { type Message, message } from "./schema.ts";

// The usual Node bot, every convenience of performance.md §1 at once: compression as ws offers it, an emitter and an
// async function for each stage, a schema with formats and transforms, objects for books and money, one log line and one
// committed row per message.

type Delta = Extract<Message, { type: "orderbook_delta" }>;

/** The path as most would write it first. */
export function runConventional(
  run: PathRun,
  tickers: readonly string[],
  perMessageDeflate: boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const bot = new Bot(run, tickers, perMessageDeflate);
    bot.on("error", reject);
    bot.on("done", resolve);
    bot.start();
  });
}

class Bot extends EventEmitter {
  readonly #run: PathRun;
  readonly #tickers: readonly string[];
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;
  readonly #log: Logger;
  readonly #books = new Map<string, ObjectBook>();
  readonly #perMessageDeflate: boolean;
  #socket: WebSocket | null = null;
  #frames = 0;

  constructor(run: PathRun, tickers: readonly string[], perMessageDeflate: boolean) {
    super();
    this.#perMessageDeflate = perMessageDeflate;
    this.#run = run;
    this.#tickers = tickers;
    this.#db = new Database(run.db);
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = NORMAL");
    this.#db.exec(
      `CREATE TABLE messages (
         id INTEGER PRIMARY KEY, type TEXT, ticker TEXT, side TEXT, price REAL, delta REAL, ev REAL, ts TEXT, raw TEXT)`,
    );
    this.#insert = this.#db.prepare(
      `INSERT INTO messages (type, ticker, side, price, delta, ev, ts, raw)
       VALUES (@type, @ticker, @side, @price, @delta, @ev, @ts, @raw)`,
    );
    this.#log = pino({ level: "info" }, pino.destination({ dest: `${run.db}.log`, sync: true }));
    this.on("raw", (raw: string) => this.#guard(this.#parse(raw)));
    this.on("message", (parsed: Message, raw: string) => this.#guard(this.#apply(parsed, raw)));
    this.on("book", (parsed: Message, raw: string) => this.#guard(this.#decide(parsed, raw)));
  }

  start(): void {
    const socket = new WebSocket(this.#run.url, { perMessageDeflate: this.#perMessageDeflate });
    this.#socket = socket;
    socket.on("open", () => {
      for (const [id, channel] of ["orderbook_delta", "ticker"].entries()) {
        const params = { channels: [channel], market_tickers: this.#tickers };
        socket.send(JSON.stringify({ id, cmd: "subscribe", params }));
      }
    });
    socket.on("error", (error) => this.emit("error", error));
    socket.on("message", (data: Buffer) => this.emit("raw", data.toString()));
  }

  #guard(stage: Promise<void>): void {
    stage.catch((error: unknown) => this.emit("error", error));
  }

  async #parse(raw: string): Promise<void> {
    const parsed = await message.parseAsync(JSON.parse(raw));
    if (parsed.type !== "subscribed") this.emit("message", parsed, raw);
  }

  async #apply(parsed: Message, raw: string): Promise<void> {
    if (parsed.type === "orderbook_delta") {
      const { side, price_dollars: price, delta_fp: delta } = parsed.msg;
      this.#bookOf(parsed.msg.market_ticker).apply(side, price, delta);
    } else if (parsed.type === "orderbook_snapshot") {
      const book = this.#bookOf(parsed.msg.market_ticker);
      book.replace("yes", parsed.msg.yes_dollars_fp ?? []);
      book.replace("no", parsed.msg.no_dollars_fp ?? []);
    }
    this.emit("book", parsed, raw);
  }

  async #decide(parsed: Message, raw: string): Promise<void> {
    if (parsed.type === "subscribed") return;
    const { market_ticker: ticker, ts = new Date().toISOString() } = parsed.msg;
    const ev = this.#valueOf(this.#bookOf(ticker));
    const change = parsed.type === "orderbook_delta" ? changeOf(parsed) : NO_CHANGE;
    this.#insert.run({ type: parsed.type, ticker, ev, ts, raw, ...change });
    this.#log.info(
      { ticker, type: parsed.type, ev, received: new Date().toISOString() },
      "message",
    );
    this.#run.decided(this.#frames++);
    if (this.#frames < this.#run.count) return;
    this.#socket?.terminate();
    this.#run.stored();
    this.#db.close();
    this.emit("done");
  }

  #bookOf(ticker: string): ObjectBook {
    let book = this.#books.get(ticker);
    if (book === undefined) {
      book = new ObjectBook();
      this.#books.set(ticker, book);
    }
    return book;
  }

  /** A normal approximation of the chance, and the value of buying at the ask with the exchange's fee. */
  #valueOf(book: ObjectBook): number {
    const spot = spotBefore(this.#frames - (this.#frames % FRAMES_PER_SPOT));
    const p = Decimal.of(1 / (1 + Math.exp((80_000 - spot.priceUsd) / 40)));
    const ask = Decimal.of(1).minus(Decimal.of(book.best("no")));
    const fee = Decimal.of(0.07).times(ask).times(Decimal.of(1).minus(ask));
    return p.minus(ask.plus(fee)).toNumber();
  }
}

const NO_CHANGE = { side: null, price: null, delta: null };

function changeOf({ msg }: Delta): object {
  return { side: msg.side, price: msg.price_dollars, delta: msg.delta_fp };
}
