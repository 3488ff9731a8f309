import type { LocalExchange } from "../exchange.ts";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  isRecord,
  type JsonRecord,
} from "../server/types.ts";
import { FEE_TYPES } from "../trading/fees.ts";
import { summaryOf } from "../trading/summary.ts";
import { FAULTS } from "./fault-table.ts";
import { readRules } from "./read-rules.ts";

// The control endpoint of `kbt sim`: looks behind the exchange and makes things go wrong. It is for the person at this
// machine only, so whoever comes from elsewhere, or from a page in a browser, is turned away.

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
const STRUCTURES = ["linear_cent", "deci_cent", "tapered_deci_cent"] as const;
const PAYOUT_MAX = 10_000;
/** A month: nothing here lies further ahead, and a time must stay one that a date can tell. */
const AHEAD_MAX_MS = 31 * 86_400_000;

/** What was asked for and cannot be done, one sentence each. */
class Problem extends Error {
  readonly status: number;
  readonly lines: readonly string[];

  constructor(status: number, ...lines: readonly string[]) {
    super(lines.join("; "));
    this.status = status;
    this.lines = lines;
  }
}

interface Ask {
  readonly exchange: LocalExchange;
  /** Parts of the path below `/_kbt/`. */
  readonly parts: readonly string[];
  readonly body: JsonRecord;
  readonly raw: unknown;
}

/** Handles requests to `/_kbt/…`. */
export function createControl(
  exchange: LocalExchange,
): (request: ExchangeRequest) => ExchangeResponse {
  return (request) => {
    try {
      admit(request);
      return reply(200, answer(exchange, request));
    } catch (error) {
      if (error instanceof Problem) return reply(error.status, { errors: error.lines });
      // Levers say what they cannot do with a RangeError: "KX… is finalized".
      if (error instanceof RangeError) return reply(409, { errors: [error.message] });
      throw error;
    }
  };
}

function reply(status: number, value: unknown): ExchangeResponse {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers, body: `${JSON.stringify(value, null, 1)}\n` };
}

function admit(request: ExchangeRequest): void {
  const { headers, remoteAddress = "" } = request;
  if (!LOOPBACK_ADDRESS.test(remoteAddress) || !LOOPBACK_HOST.test(headers["host"] ?? "")) {
    throw new Problem(403, "the control endpoint answers this machine only");
  }
  // A browser names the page it acts for; curl and tests do not.
  if (headers["origin"] !== undefined || headers["sec-fetch-site"] !== undefined) {
    throw new Problem(403, "the control endpoint does not answer web pages");
  }
}

function answer(exchange: LocalExchange, request: ExchangeRequest): unknown {
  const { method, path } = request;
  const parts = (path.split("?", 1)[0] ?? "").split("/").slice(2).map(decoded);
  const [room = ""] = parts;
  const handle = ROOMS.get(`${method} ${room}`);
  if (handle === undefined) {
    throw new Problem(404, `there is no ${method} ${path}`, `there are ${ROOM_LIST}`);
  }
  const raw = method === "POST" ? parsed(request.body) : {};
  const body = isRecord(raw) ? raw : {};
  return handle({ exchange, parts: parts.slice(1), body, raw });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parsed(body: string): unknown {
  if (body.trim() === "") return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem(400, "the body is no JSON");
  }
}

const ROOMS: ReadonlyMap<string, (ask: Ask) => unknown> = new Map([
  ["GET state", getState],
  ["GET ledger", getLedger],
  ["GET markets", getMarkets],
  ["POST markets", pullLever],
  ["GET faults", getFaults],
  ["POST faults", addFaults],
  ["DELETE faults", removeFaults],
  ["POST shards", setShard],
  ["POST keys", revokeKey],
  ["POST fees", changeFees],
]);

const ROOM_LIST = [...ROOMS.keys()].join(", ");

function getState({ exchange }: Ask): unknown {
  const { world, desk, faults } = exchange;
  return {
    exchange_ms: world.nowMs(),
    shards: desk.shards(),
    clock_skew_ms: faults.skewMs,
    listener: faults.listener,
    // Frames handed to each Kalshi connection, and what faults did to those and to the spot venues' frames.
    sent: exchange.statistics(),
    struck: faults.statistics(),
  };
}

function getLedger({ exchange }: Ask): unknown {
  return summaryOf(exchange.desk, exchange.ledger);
}

function getMarkets({ exchange }: Ask): unknown {
  return exchange.world.markets().map(({ ticker, status, openMs, closeMs, result, payoutCc }) => ({
    ticker,
    status,
    open_ms: openMs,
    close_ms: closeMs,
    result,
    payout_cc: payoutCc,
  }));
}

function getFaults({ exchange }: Ask): unknown {
  return { rules: exchange.faults.list(), known: FAULTS };
}

function addFaults({ exchange, raw }: Ask): unknown {
  const { rules, problems } = readRules(raw);
  if (problems.length > 0) throw new Problem(400, ...problems);
  return { ids: exchange.faults.add(rules) };
}

function removeFaults({ exchange, parts }: Ask): unknown {
  const [text] = parts;
  const id = text === undefined ? null : numberOf(text);
  if (!exchange.faults.remove(id)) throw new Problem(404, `there is no rule ${text}`);
  return { rules: exchange.faults.list() };
}

/** NaN for what is no number: an empty part of a path is not 0. */
function numberOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function setShard({ exchange, parts, body }: Ask): unknown {
  const exchangeIndex = numberOf(parts[0] ?? "");
  const known = exchange.desk.shards().find((shard) => shard.exchangeIndex === exchangeIndex);
  if (known === undefined) throw new Problem(404, `there is no shard ${parts[0] ?? ""}`);
  onlyKeys(body, ["exchange", "trading"]);
  if (Object.keys(body).length === 0) throw new Problem(400, "name exchange or trading");
  const isExchangeActive = flag(body, "exchange", known.isExchangeActive);
  const isTradingActive = flag(body, "trading", known.isTradingActive);
  exchange.desk.setShard({ exchangeIndex, isExchangeActive, isTradingActive });
  exchange.world.controls?.pause(exchangeIndex, !(isExchangeActive && isTradingActive));
  return { shards: exchange.desk.shards() };
}

function revokeKey({ exchange, parts, body }: Ask): unknown {
  if (parts[0] !== "revoke") throw new Problem(404, "there is only POST keys/revoke");
  onlyKeys(body, ["key_id", "close_sockets"]);
  const keyId = textOf(body, "key_id", exchange.keyId);
  if (!exchange.keys.has(keyId)) throw new Problem(404, `there is no key ${keyId}`);
  exchange.keys.revoke(keyId, { closeSockets: flag(body, "close_sockets", true) });
  return { revoked: keyId };
}

function pullLever({ exchange, parts, body }: Ask): unknown {
  const [ticker = "", name = ""] = parts;
  const { world } = exchange;
  const { controls } = world;
  if (controls === undefined) throw new Problem(409, "a recording cannot be changed");
  const market = world.market(ticker);
  if (market === undefined) throw new Problem(404, `there is no market ${ticker}`);
  const pull = LEVERS.get(name);
  if (pull === undefined) {
    throw new Problem(404, `there is no lever ${name}; there are ${[...LEVERS.keys()].join(", ")}`);
  }
  pull({ controls, ticker, nowMs: world.nowMs(), closeMs: market.closeMs }, body);
  return { ticker, done: name };
}

function changeFees({ exchange, parts, body }: Ask): unknown {
  const [scope = "", name = ""] = parts;
  const change = FEE_CHANGES.get(scope);
  if (change === undefined) {
    throw new Problem(
      404,
      `there is no POST fees/${scope}; there are fees/series, events, markets`,
    );
  }
  change(exchange, name, body);
  return { [scope]: name, done: "fees" };
}

const FEE_CHANGES: ReadonlyMap<
  string,
  (exchange: LocalExchange, name: string, body: JsonRecord) => void
> = new Map([
  [
    "series",
    ({ records, world }: LocalExchange, seriesTicker: string, body: JsonRecord) => {
      onlyKeys(body, ["fee_type", "fee_multiplier", "in_ms"]);
      const known = world.series().find(({ ticker }) => ticker === seriesTicker);
      if (known === undefined) throw new Problem(404, `there is no series ${seriesTicker}`);
      const feeType = feeTypeOf(body) ?? known.feeType;
      const feeMultiplier = multiplierOf(body, known.feeMultiplier) ?? known.feeMultiplier;
      const scheduledMs = world.nowMs() + integer(body, "in_ms", 0, AHEAD_MAX_MS);
      records.fees.changeSeries({ seriesTicker, feeType, feeMultiplier, scheduledMs });
    },
  ],
  [
    "events",
    ({ records, world }: LocalExchange, eventTicker: string, body: JsonRecord) => {
      onlyKeys(body, ["fee_type", "fee_multiplier", "in_ms"]);
      const market = world.markets().find((each) => each.eventTicker === eventTicker);
      if (market === undefined) throw new Problem(404, `there is no event ${eventTicker}`);
      const { seriesTicker } = market;
      // What is left out is left to the series, so an empty body ends an override.
      const feeType = feeTypeOf(body);
      const feeMultiplier = multiplierOf(body, null);
      const scheduledMs = world.nowMs() + integer(body, "in_ms", 0, AHEAD_MAX_MS);
      records.fees.overrideEvent({
        eventTicker,
        seriesTicker,
        feeType,
        feeMultiplier,
        scheduledMs,
      });
    },
  ],
  [
    "markets",
    ({ records, world }: LocalExchange, ticker: string, body: JsonRecord) => {
      onlyKeys(body, ["waived_ms"]);
      if (world.market(ticker) === undefined)
        throw new Problem(404, `there is no market ${ticker}`);
      records.fees.waive(ticker, world.nowMs() + integer(body, "waived_ms", 0, AHEAD_MAX_MS));
    },
  ],
]);

/** Null when left out. A type without a rule could be announced, and would then leave orders without a fee. */
function feeTypeOf(body: JsonRecord): string | null {
  const feeType = textOf(body, "fee_type", "");
  if (feeType === "") return null;
  if (FEE_TYPES.includes(feeType)) return feeType;
  throw new Problem(400, `fee_type must be one of ${FEE_TYPES.join(", ")}`);
}

function multiplierOf(body: JsonRecord, fallback: number | null): number | null {
  const value = body["fee_multiplier"] ?? fallback;
  const isMultiplier = typeof value === "number" && value >= 0 && value <= 100;
  if (value === null || isMultiplier) return value;
  throw new Problem(400, "fee_multiplier must be a number from 0 to 100");
}

interface Lever {
  readonly controls: NonNullable<LocalExchange["world"]["controls"]>;
  readonly ticker: string;
  readonly nowMs: number;
  readonly closeMs: number;
}

const LEVERS: ReadonlyMap<string, (lever: Lever, body: JsonRecord) => void> = new Map([
  ["deactivate", ({ controls, ticker }: Lever) => controls.deactivate(ticker)],
  ["activate", ({ controls, ticker }: Lever) => controls.activate(ticker)],
  [
    "close",
    ({ controls, ticker, nowMs }: Lever, body: JsonRecord) =>
      controls.moveClose(ticker, nowMs + integer(body, "in_ms", 0, AHEAD_MAX_MS)),
  ],
  [
    "structure",
    ({ controls, ticker }: Lever, body: JsonRecord) => {
      const wanted = textOf(body, "structure", "");
      const structure = STRUCTURES.find((each) => each === wanted);
      if (structure === undefined) {
        throw new Problem(400, `structure must be one of ${STRUCTURES.join(", ")}`);
      }
      controls.changeStructure(ticker, structure);
    },
  ],
  [
    "settlement",
    ({ controls, ticker }: Lever, body: JsonRecord) =>
      controls.delaySettlement(ticker, integer(body, "by_ms", 0, AHEAD_MAX_MS)),
  ],
  [
    "result",
    ({ controls, ticker }: Lever, body: JsonRecord) =>
      controls.forceResult(ticker, integer(body, "payout_cc", 0, PAYOUT_MAX)),
  ],
  [
    "amend",
    ({ controls, ticker }: Lever, body: JsonRecord) =>
      controls.amendResult(ticker, integer(body, "payout_cc", 0, PAYOUT_MAX)),
  ],
]);

function integer(body: JsonRecord, name: string, ...[min, max]: [number, number]): number {
  const value = body[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw new Problem(400, `${name} must be a whole number from ${min} to ${max}`);
}

function onlyKeys(body: JsonRecord, known: readonly string[]): void {
  const stray = Object.keys(body).find((key) => !known.includes(key));
  if (stray !== undefined) {
    throw new Problem(400, `there is no ${stray}; there are ${known.join(", ")}`);
  }
}

function flag(body: JsonRecord, name: string, fallback: boolean): boolean {
  const value = body[name] ?? fallback;
  if (typeof value === "boolean") return value;
  throw new Problem(400, `${name} must be true or false`);
}

function textOf(body: JsonRecord, name: string, fallback: string): string {
  const value = body[name] ?? fallback;
  if (typeof value === "string") return value;
  throw new Problem(400, `${name} must be a text`);
}
