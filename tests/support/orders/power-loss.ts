import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import { createRecorder, type SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { mulberry32, type Rng } from "../../../src/core/rng.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill } from "../builders.ts";
import { anIntent, aWish } from "./rows.ts";

// What is left of the order journal when the power goes at any byte. SQLite has synced the write-ahead log whenever a commit
// of the journal has returned; what is behind that may be there, or half, or damaged.

/** The files at one moment, and what must be found in them after a power cut. */
interface Moment {
  readonly base: Buffer;
  readonly wal: Buffer;
  /** Bytes of the log that were on the disk before the newest write began. */
  readonly synced: number;
  /** Rows that were acknowledged by then, and those that were on their way. */
  readonly told: Counts;
  readonly most: Counts;
}

interface Counts {
  readonly orders: number;
  readonly events: number;
  readonly fills: number;
}

export interface PowerLossEnd {
  readonly images: number;
  /** Images without something that was on its way. */
  readonly torn: number;
  readonly problems: readonly string[];
}

const START_MS = 1_793_646_000_000;
/** Fewer pages than make SQLite fold its log back. */
const STEPS = 60;

/** Cuts so many images out of stories of orders; `folder` had better lie in memory. */
export function losePower(options: {
  readonly seed: number;
  readonly images: number;
  readonly folder: string;
}): PowerLossEnd {
  const { folder, images, seed } = options;
  const rng = mulberry32(seed);
  const problems = new Set<string>();
  const perStory = Math.min(images, STEPS * 12);
  let torn = 0;
  let cut = 0;
  while (cut < images) {
    const moments = story(join(folder, "story"), rng);
    for (let n = 0; n < perStory && cut < images; n++, cut++) {
      const moment = moments[Math.floor(rng.next() * moments.length)];
      if (moment === undefined) throw new Error("the story is empty");
      const image = imageOf(moment, rng);
      const found = check(join(folder, "image.sqlite"), moment, image, cut % 100 === 0);
      for (const problem of found.problems) problems.add(`seed ${seed}, image ${cut}: ${problem}`);
      if (found.isTorn) torn++;
    }
  }
  return { images, torn, problems: [...problems] };
}

function imageOf({ synced, wal }: Moment, rng: Rng): Buffer {
  const length = synced + Math.floor(rng.next() * (wal.length - synced + 1));
  const image = Buffer.from(wal.subarray(0, length));
  if (length > synced && rng.next() < 0.5) {
    const at = synced + Math.floor(rng.next() * (length - synced));
    image[at] = (image[at] ?? 0) ^ (1 + Math.floor(rng.next() * 255));
  }
  return image;
}

/** A run that places orders and is told of fills, with market rows in between that nobody waits for. */
function story(folder: string, rng: Rng): Moment[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "kbt.sqlite");
  // Folded back, so that the log holds the story alone.
  openWriter(path, { env: "sim" }).close();
  const run = {
    mode: "paper",
    startedMs: START_MS,
    version: "0",
    config: {},
    command: "",
  } as const;
  const recorder = createRecorder({ path, env: "sim", run, nowMs: () => START_MS + 60_000 });
  const moments: Moment[] = [];
  let told: Counts = { orders: 0, events: 0, fills: 0 };
  let synced = readFileSync(`${path}-wal`).length;
  for (let step = 1; step <= STEPS; step++) {
    const isBulk = rng.next() < 0.3;
    const most = isBulk ? marketRows(recorder, step, told) : order(recorder, step, told, rng);
    const [base, wal] = [readFileSync(path), readFileSync(`${path}-wal`)];
    moments.push({ base, wal, synced, told, most });
    told = most;
    // Market rows are on the disk only with the next commit that is waited for.
    if (!isBulk) synced = wal.length;
  }
  recorder.close(0).catch(() => {});
  return moments;
}

function marketRows(recorder: SqliteRecorder, step: number, told: Counts): Counts {
  for (let n = 0; n < 20; n++) {
    recorder.event({ type: "wake", recvMs: START_MS + step * 1000 + n });
  }
  recorder.flush();
  return told;
}

/** One commit: a new order, or what an answer to the newest one changes. */
function order(recorder: SqliteRecorder, step: number, told: Counts, rng: Rng): Counts {
  const orderId = `o${told.orders}`;
  if (told.orders === 0 || rng.next() < 0.4) {
    const wish = aWish(recorder.runId, step);
    recorder.opportunity(wish);
    recorder.order(anIntent(wish.opportunityId, `o${told.orders + 1}`));
    return { ...told, orders: told.orders + 1 };
  }
  const atMs = START_MS + step * 1000;
  const event = { orderId, atMs, filledQty: qty(0), reason: "" };
  if (rng.next() < 0.3) {
    recorder.orderEvent({ ...event, state: "resting" });
    return { ...told, events: told.events + 1 };
  }
  const fillId = `f${told.fills + 1}`;
  const fill = aFill({ orderId, fillId, atMs });
  recorder.together(() => {
    recorder.fill(fill);
    recorder.ledger({
      atMs,
      action: "buy",
      side: "yes",
      ticker: fill.ticker,
      price: price(5_000),
      qty: fill.qty,
      cost: money(5_000_000),
      pnl: null,
      status: "filled",
      source: "venue",
      strategy: "s",
      orderId,
      payload: { fill_id: fillId },
    });
    recorder.position({ ticker: fill.ticker, qty: fill.qty, cost: money(1), source: "e", atMs });
    recorder.orderEvent({ ...event, state: "filled", filledQty: fill.qty });
  });
  return { ...told, fills: told.fills + 1, events: told.events + 1 };
}

const COUNTS = `SELECT (SELECT count(*) FROM order_intents) AS orders, (SELECT count(*) FROM order_events) AS events,
  (SELECT count(*) FROM fills) AS fills, (SELECT count(*) FROM trade_ledger) AS legs,
  (SELECT count(*) FROM positions_snapshots) AS positions,
  (SELECT count(*) FROM fills f JOIN trade_ledger l ON l.payload_json = json_object('fill_id', f.fill_id)) AS booked`;

interface Found extends Counts {
  readonly legs: number;
  readonly positions: number;
  readonly booked: number;
}

function check(
  path: string,
  { base, most, told }: Moment,
  wal: Buffer,
  isReopened: boolean,
): { readonly problems: readonly string[]; readonly isTorn: boolean } {
  for (const end of ["-shm", "-wal"]) rmSync(`${path}${end}`, { force: true });
  writeFileSync(path, base);
  writeFileSync(`${path}-wal`, wal);
  const problems: string[] = [];
  // As the next start does it, with everything that it asserts.
  if (isReopened) openWriter(path, { env: "sim" }).close();
  const db = new Database(path);
  const integrity = String(db.pragma("integrity_check", { simple: true }));
  if (integrity !== "ok") problems.push(`integrity_check: ${integrity}`);
  const found = db.prepare<[], Found>(COUNTS).get();
  db.close();
  if (found === undefined) return { problems: ["nothing could be read"], isTorn: false };
  for (const kind of ["orders", "events", "fills"] as const) {
    if (found[kind] < told[kind]) problems.push(`I2: ${found[kind]} of ${told[kind]} ${kind}`);
    if (found[kind] > most[kind])
      problems.push(`${found[kind]} ${kind}, ${most[kind]} were written`);
  }
  const { booked, fills, legs, positions } = found;
  if (legs !== fills || booked !== fills || positions !== fills) {
    problems.push(`I5: ${fills} fills, ${legs} legs, ${positions} positions`);
  }
  const isTorn = found.orders + found.events < most.orders + most.events;
  return { problems, isTorn };
}
