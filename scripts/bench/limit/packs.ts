import Database from "better-sqlite3";
import type { Facts } from "../facts.ts";

// Packed storage: events as zig-zag varints, a thousand to a row (performance.md R10).

const PER_PACK = 1000;
const BYTES_MAX = 1 << 18;
const TWO_30 = 2 ** 30;

export const DELTA = 0;
export const TICKER = 1;
export const SPOT = 2;
export const SNAPSHOT = 3;
export const EVALUATION = 4;
const KINDS = 8;

/** Number of integers of an event of each kind. Texts are kept beside the numbers. */
const FIELDS: readonly number[] = [6, 10, 6, 3, 20];

/** Writes packs; every number may be null and of up to 52 bits. */
export class PackWriter {
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;
  readonly #bytes = Buffer.alloc(BYTES_MAX);
  #end = 0;
  #count = 0;
  #texts: string[] = [];

  constructor(path: string) {
    this.#db = new Database(path);
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = NORMAL");
    this.#db.exec("CREATE TABLE packs (n INTEGER, data BLOB, texts TEXT) STRICT");
    this.#insert = this.#db.prepare("INSERT INTO packs VALUES (?, ?, ?)");
  }

  begin(kind: number): void {
    if (this.#count >= PER_PACK || this.#end > BYTES_MAX - 4096) this.flush();
    this.#count++;
    this.#bytes[this.#end++] = kind;
  }

  /** Null is its own byte pair: a 1 with a needless continuation. */
  put(value: number | null): void {
    if (value === null) {
      this.#bytes[this.#end++] = 129;
      this.#bytes[this.#end++] = 0;
      return;
    }
    if (value < TWO_30 && value > -TWO_30) {
      this.#varint(((value << 1) ^ (value >> 31)) >>> 0);
      return;
    }
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  text(text: string): void {
    this.#texts.push(text);
  }

  flush(): void {
    if (this.#count === 0) return;
    const texts = this.#texts.length === 0 ? null : JSON.stringify(this.#texts);
    this.#insert.run(this.#count, this.#bytes.subarray(0, this.#end), texts);
    this.#count = this.#end = 0;
    this.#texts = [];
  }

  close(): void {
    this.flush();
    this.#db.close();
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest & 127) | 128;
      rest = rest < 4_294_967_296 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#bytes[this.#end++] = rest;
  }
}

/** What the packs of a file say, in the terms of the product's tables. */
export function factsOfPacks(path: string): Facts {
  const db = new Database(path, { readonly: true });
  const sums = Array.from({ length: KINDS }, () => new Float64Array(20));
  const counts = new Float64Array(KINDS);
  let prices = 0;
  for (const row of db
    .prepare<[], { data: Buffer }>("SELECT data FROM packs ORDER BY rowid")
    .iterate()) {
    const reader = new PackReader(row.data);
    for (let kind = reader.kind(); kind >= 0; kind = reader.kind()) {
      counts[kind] = (counts[kind] ?? 0) + 1;
      for (let field = 0; field < (FIELDS[kind] ?? 0); field++) {
        const value = reader.value();
        const sum = sums[kind];
        if (sum !== undefined) sum[field] = (sum[field] ?? 0) + value;
        if (kind === DELTA && field === 3) prices += value < 0 ? -1 - value : value;
      }
    }
  }
  db.close();
  const sum = (kind: number, field: number): number => sums[kind]?.[field] ?? Number.NaN;
  const count = (kind: number): number => counts[kind] ?? Number.NaN;
  return {
    deltas: count(DELTA),
    seqs: sum(DELTA, 2),
    prices,
    sizes: sum(DELTA, 4),
    lags: sum(DELTA, 5),
    snapshots: count(SNAPSHOT),
    tickers: count(TICKER),
    bids: sum(TICKER, 2),
    volumes: sum(TICKER, 7),
    spots: count(SPOT),
    evaluations: count(EVALUATION),
    chances: sum(EVALUATION, 6),
    values: sum(EVALUATION, 14),
    costs: sum(EVALUATION, 13),
  };
}

class PackReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** −1 at the end. */
  kind(): number {
    return this.#bytes[this.#at++] ?? -1;
  }

  /** Null counts as 0, as in SQL's sums. */
  value(): number {
    if (this.#bytes[this.#at] === 129 && this.#bytes[this.#at + 1] === 0) {
      this.#at += 2;
      return 0;
    }
    let [value, unit] = [0, 1];
    for (let byte = 128; byte > 127; unit *= 128) {
      byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * unit;
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
}
