// Records frames through the product without a socket and weighs the pages of its tables.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { parseObject } from "../../../src/exchange/replay/read-capture.ts";
import type { OpenSocket } from "../../../src/ports.ts";
import { textAt } from "../child.ts";
import { runKbt } from "../pipeline.ts";
import { serve } from "../serve.ts";
import { acknowledgement } from "../wire-frames.ts";

const [file = "", tickers = ""] = process.argv.slice(2);
const frames = readFileSync(file, "utf8").split("\n");
const TURN = 200;
const OPPORTUNITY = ["evaluations", "evaluation_extras"];

await serve(async (request) => {
  const db = textAt(request, "path");
  const run = { url: "memory", db, count: frames.length, decided: () => {}, stored: () => {} };
  await runKbt(run, tickers.split(","), inMemory);
  return { delta: bytesPerRow(db, ["deltas"]), opportunity: bytesPerRow(db, OPPORTUNITY) };
});

/** Acknowledges what is asked for and then delivers the frames in turns of the event loop. */
function inMemory(...[, , handlers]: Parameters<OpenSocket>): ReturnType<OpenSocket> {
  let isOpen = true;
  const deliver = (from: number): void => {
    for (const text of frames.slice(from, from + TURN)) if (isOpen) handlers.onMessage(text, 0);
    if (isOpen && from + TURN < frames.length) setImmediate(() => deliver(from + TURN));
  };
  setImmediate(() => {
    handlers.onOpen();
    setImmediate(() => deliver(0));
  });
  return {
    send(text) {
      const ack = acknowledgement(parseObject(text) ?? {});
      if (ack !== null) handlers.onMessage(ack, 0);
    },
    close() {
      isOpen = false;
    },
  };
}

/** Whole pages of these tables per row of the first. */
function bytesPerRow(path: string, tables: readonly string[]): number {
  const db = new Database(path, { readonly: true });
  const size = db.prepare<[string]>("SELECT sum(pgsize) FROM dbstat WHERE name = ?").pluck();
  const bytes = tables.reduce((sum, table) => sum + Number(size.get(table)), 0);
  const rows = Number(db.prepare(`SELECT count(*) FROM ${tables[0]}`).pluck().get());
  db.close();
  return bytes / rows;
}
