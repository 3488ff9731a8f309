// The exchange's end of the path: frames built before anybody connects, sent as fast as they are taken (`saturate`, in
// writes of 32 kB), at random times one write each (`poisson`), or evenly (`steady`).
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { parseObject } from "../../../src/exchange/replay/read-capture.ts";
import { textAt } from "../child.ts";
import { nowUs } from "../path-run.ts";
import { serve } from "../serve.ts";
import { acknowledgement, buildWire, type Wire } from "../wire-frames.ts";

const [file = "", deflatedMax = "0"] = process.argv.slice(2);
const WRITE_BYTES = 32_768;
/** Subscriptions come in a burst; the data follows when it is over. */
const SETTLE_MS = 150;
/** After it everything that came to warm a program up is dealt with, down to the last row. */
const WARM_MS = 1000;

const texts = readFileSync(file, "utf8").split("\n");
const plain = buildWire(texts, false);
const deflated = buildWire(texts.slice(0, Number(deflatedMax)), true);

/** When each frame of the newest run left, and when it should have. */
let sent = new Float64Array(0);
let due = new Float64Array(0);

const http = createServer();
const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: { serverNoContextTakeover: true, threshold: 0 },
});
http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    const query = new URL(request.url ?? "/", "ws://bench").searchParams;
    const wire = client.extensions.includes("permessage-deflate") ? deflated : plain;
    let timer = setTimeout(() => {}, 0);
    let isSending = false;
    client.on("message", (data: Buffer) => {
      const ack = acknowledgement(parseObject(data.toString()) ?? {});
      if (ack !== null) client.send(ack);
      if (isSending) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        isSending = true;
        send(socket, wire, query);
      }, SETTLE_MS);
    });
  });
});
await new Promise<void>((resolve) => {
  http.listen(0, "127.0.0.1", resolve);
});
const address = http.address();

await serve((request) => {
  if (request["do"] === "sent") {
    writeFileSync(textAt(request, "file"), sent);
    writeFileSync(textAt(request, "dueFile"), due);
  }
  return { port: typeof address === "object" ? address?.port : null };
});
http.close();
process.exit();

function send(socket: Duplex, wire: Wire, query: URLSearchParams): void {
  const count = Math.min(Number(query.get("count")), wire.ends.length);
  const rate = Number(query.get("rate") ?? 0);
  const warm = Number(query.get("warm") ?? 0);
  const measured = (): void => {
    const left = { first: warm, count: count - warm };
    if (query.get("mode") === "poisson") sendAtTimes(socket, wire, { ...left, rate });
    else if (query.get("mode") === "steady") sendSteadily(socket, wire, { count, rate });
    else saturate(socket, wire, left);
  };
  if (warm === 0) measured();
  else saturate(socket, wire, { first: 0, count: warm }, () => setTimeout(measured, WARM_MS));
}

/** So many frames from one on. */
interface Part {
  readonly first: number;
  readonly count: number;
}

function saturate(socket: Duplex, wire: Wire, { first, count }: Part, then = (): void => {}): void {
  const end = wire.ends[first + count - 1] ?? 0;
  let from = wire.ends[first - 1] ?? 0;
  const more = (): void => {
    while (from < end) {
      const to = Math.min(end, from + WRITE_BYTES);
      const goesOn = socket.write(wire.bytes.subarray(from, to));
      from = to;
      if (goesOn) continue;
      socket.once("drain", more);
      return;
    }
    then();
  };
  more();
}

function poisson(count: number, rate: number): Float64Array {
  const times = new Float64Array(count);
  let us = 0;
  for (let at = 0; at < count; at++) {
    us -= (Math.log(1 - Math.random()) / rate) * 1e6;
    times[at] = us;
  }
  return times;
}

/** Watches the clock instead of sleeping: a timer is a millisecond off, which is forty decisions. */
function sendAtTimes(
  socket: Duplex,
  wire: Wire,
  { count, first, rate }: Part & { readonly rate: number },
): void {
  const times = poisson(count, rate);
  sent = new Float64Array(times.length);
  const startUs = nowUs();
  due = times.map((us) => us + startUs);
  let at = 0;
  const step = (): void => {
    while (at < due.length && nowUs() >= (due[at] ?? 0)) {
      sent[at] = nowUs();
      const frame = first + at;
      socket.write(wire.bytes.subarray(wire.ends[frame - 1] ?? 0, wire.ends[frame]));
      at++;
    }
    if (at < due.length && !socket.destroyed) setImmediate(step);
  };
  step();
}

function sendSteadily(
  socket: Duplex,
  wire: Wire,
  { count, rate }: { readonly count: number; readonly rate: number },
): void {
  const startUs = nowUs();
  let at = 0;
  const timer = setInterval(() => {
    const to = Math.min(count, Math.floor(((nowUs() - startUs) / 1e6) * rate));
    if (to > at) socket.write(wire.bytes.subarray(wire.ends[at - 1] ?? 0, wire.ends[to - 1]));
    at = Math.max(at, to);
    if (at >= count || socket.destroyed) clearInterval(timer);
  }, 1);
}
