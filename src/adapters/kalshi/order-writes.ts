import { KbtError } from "../../core/errors.ts";
import type { Placed } from "../../core/live/seen.ts";
import { mulberry32 } from "../../core/rng.ts";
import type { Clock, HttpClient, HttpRequest, HttpResponse } from "../../ports.ts";
import type { OrderPlace, OrderTerms, OrderWrites, Refused } from "../../ports-trading.ts";
import { createLimiter, type Limiter } from "../platform/limiter.ts";
import type { Signer } from "./auth.ts";
import { errorOfResponse } from "./errors.ts";
import { isRecord, textAt } from "./json.ts";
import { orderBody } from "./order-body.ts";
import { readPlaced } from "./order-shapes.ts";

export interface OrderWritesOptions {
  /** Up to and including `/trade-api/v2`. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly signer: Signer;
  /** Write tokens per second of the account (kalshi.md §6). */
  readonly tokensPerSecond?: number;
}

/** Of the basic tier, which every account has at least. */
const WRITE_TOKENS_PER_S = 100;
/** What creates may use; the rest is kept for cancels, so that no burst of orders keeps one from being taken back. */
const CREATE_SHARE = 0.7;
/** Each cost is the exchange's own (kalshi.md §6). */
const COST = { create: 10, cancel: 2, group: 10 } as const;
/** An order that had to wait longer was decided on a market of before: it is dropped, never sent late. */
const CREATE_WAIT_MS = 250;
const CANCEL_WAIT_MS = 5_000;
const ORDERS = "/portfolio/events/orders";
const GROUPS = "/portfolio/order_groups";

/** The only module through which anything is written to the exchange. */
export function createOrderWrites(options: OrderWritesOptions): OrderWrites {
  const { clock, tokensPerSecond = WRITE_TOKENS_PER_S } = options;
  const lane = (share: number, waitMsMax: number): Limiter =>
    createLimiter({
      clock,
      rng: mulberry32(5),
      name: "Kalshi orders",
      tokensPerSecond: tokensPerSecond * share,
      waitMsMax,
    });
  const creates = lane(CREATE_SHARE, CREATE_WAIT_MS);
  const cancels = lane(1 - CREATE_SHARE, CANCEL_WAIT_MS);
  const send = sender(options);
  const change = (call: Call, cost: number, signal: AbortSignal): Promise<Refused> =>
    changed(send, { call, cost, lane: cancels }, signal);
  return {
    place: (terms, mayLeave, signal) => place(terms, { mayLeave, send, lane: creates }, signal),
    cancel: (at, signal) => change(cancelCall(at), COST.cancel, signal),
    cancelAll: (signal) => change({ method: "DELETE", path: ORDERS }, COST.create, signal),
    async createGroup({ contracts, exchangeIndex }, signal) {
      await creates.take(COST.group, signal);
      const body = JSON.stringify({ contracts_limit: contracts, exchange_index: exchangeIndex });
      const call: Call = { method: "POST", path: `${GROUPS}/create`, body };
      const response = await send(call, signal);
      const groupId = response.status < 300 ? textOf(response, "order_group_id") : "";
      if (groupId !== "") return groupId;
      throw errorOfResponse(response, { method: call.method, url: call.path });
    },
    triggerGroup({ exchangeIndex, groupId }, signal) {
      const path = `${GROUPS}/${encodeURIComponent(groupId)}/trigger?exchange_index=${exchangeIndex}`;
      return change({ method: "PUT", path, body: "{}" }, COST.group, signal);
    },
  };
}

interface Call {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly body?: string;
}

type Send = (call: Call, signal: AbortSignal) => Promise<HttpResponse>;

/** Signs at the moment of sending: a signature made before a wait would be too old, and is never used twice. */
function sender({ baseUrl, clock, http, signer }: OrderWritesOptions): Send {
  return ({ body, method, path }, signal) => {
    const url = `${baseUrl}${path}`;
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...signer.sign(clock.nowMs(), method, url),
    };
    return http.request({ method, url, headers, ...(body === undefined ? {} : { body }) }, signal);
  };
}

function cancelCall({ exchangeId, exchangeIndex, ticker }: OrderPlace): Call {
  const query = new URLSearchParams({
    exchange_index: String(exchangeIndex),
    market_ticker: ticker,
  });
  const path = `${ORDERS}/${encodeURIComponent(exchangeId)}?${query.toString()}`;
  return { method: "DELETE", path };
}

async function place(
  terms: OrderTerms,
  way: { mayLeave: () => boolean; send: Send; lane: Limiter },
  signal: AbortSignal,
): Promise<Placed> {
  const { lane, mayLeave, send } = way;
  const body = orderBody(terms);
  try {
    await lane.take(COST.create, signal);
  } catch {
    return { type: "not_sent", reason: signal.aborted ? "stopped" : "rate_limited" };
  }
  if (signal.aborted) return { type: "not_sent", reason: "stopped" };
  if (!mayLeave()) return { type: "not_sent", reason: "too_late" };
  let response: HttpResponse;
  try {
    response = await send({ method: "POST", path: ORDERS, body }, signal);
  } catch (error) {
    return failedToPlace(error);
  }
  if (response.status === 429) lane.refused();
  else lane.accepted();
  return answerToPlace(response, terms);
}

/** Failures before the first byte: nothing of the request can have arrived (reliability.md R4). */
const BEFORE_ANY_BYTE: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_NODATA",
  "EAI_NONAME",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function failedToPlace(error: unknown): Placed {
  const code = error instanceof KbtError ? error.code : "NETWORK_FAILED";
  const reason = code.toLowerCase();
  const cause = error instanceof KbtError ? error.details?.["cause"] : undefined;
  return BEFORE_ANY_BYTE.has(cause) ? { type: "not_sent", reason } : { type: "unknown", reason };
}

/** Statuses with which the exchange refuses an order for certain, whatever the code (reliability.md F5). */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 410, 429]);
/** An order of that id exists: it may well be this one. */
const EXISTS = "ORDER_ALREADY_EXISTS";

function answerToPlace(response: HttpResponse, terms: OrderTerms): Placed {
  const { status } = response;
  if (status === 200 || status === 201) {
    const accepted = readPlaced(jsonOf(response), terms);
    return accepted ?? { type: "unknown", reason: "incomplete_answer" };
  }
  const { code } = errorOfResponse(response, { method: "POST", url: ORDERS });
  const reason = code.toLowerCase();
  if (!REFUSING.has(status) || code === EXISTS) return { type: "unknown", reason };
  return { type: "refused", reason, isAuth: status === 401 || status === 403 };
}

/** A change whose answer is not believed anyway: only what could be told a person is kept of it. */
async function changed(
  send: Send,
  { call, cost, lane }: { call: Call; cost: number; lane: Limiter },
  signal: AbortSignal,
): Promise<Refused> {
  try {
    await lane.take(cost, signal);
    const response = await send(call, signal);
    if (response.status === 429) lane.refused();
    else lane.accepted();
    if (response.status < 300) return null;
    const { code } = errorOfResponse(response, { method: call.method, url: call.path });
    return code.toLowerCase();
  } catch (error) {
    return error instanceof KbtError ? error.code.toLowerCase() : "stopped";
  }
}

function jsonOf({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function textOf(response: HttpResponse, name: string): string {
  const body = jsonOf(response);
  return isRecord(body) ? (textAt(body, name) ?? "") : "";
}
