import type { Rng } from "../random.ts";
import { httpDateText } from "../server/time-text.ts";
import type { ExchangeRequest, ExchangeResponse, HttpWire } from "../server/types.ts";
import { otherBody, withField } from "./answer-edits.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Strike } from "./fault-rule.ts";
import type { FaultsOf, ParamsOf } from "./fault-table.ts";
import { onePerPage, ReadFaults } from "./read-faults.ts";

type Answer = (request: ExchangeRequest) => ExchangeResponse;

type Edit = (answer: ExchangeResponse) => ExchangeResponse;

/** What becomes of one request; strikes change it before anything happens. */
interface Course {
  request: ExchangeRequest;
  /** Given instead of carrying the request out. */
  instead: ExchangeResponse | null;
  /** Changes of the right answer, in order. */
  readonly edits: Edit[];
  /** Whole bodies that take its place, after everything that still has to read it. */
  readonly bodies: Edit[];
  delayMs: number;
  lost: ParamsOf<"http_lost"> | null;
  bytesPerS: number;
}

export interface HttpParts {
  readonly plan: FaultPlan;
  readonly rng: Rng;
  readonly nowMs: () => number;
  readonly skewMs: () => number;
  /** Which venue a path belongs to. */
  readonly venueOf: (path: string) => string;
  /** Runs something at a time of the exchange's clock; at once when that is now. */
  readonly at: (ms: number, run: () => void) => void;
}

const DRIP_MS = 100;
const JSON_HEADERS = { "content-type": "application/json" };

/** Every request passes through here on its way to the exchange, and its answer on the way back. */
export class HttpFaults {
  readonly #parts: HttpParts;
  readonly #reads = new ReadFaults();

  constructor(parts: HttpParts) {
    this.#parts = parts;
  }

  /** Carries out a request and answers it, as well as the faults allow. */
  serve(request: ExchangeRequest, real: Answer, wire: HttpWire): void {
    const { plan, skewMs } = this.#parts;
    if (plan.isEmpty && skewMs() === 0) sendWhole(real(request), wire);
    else this.#serve(request, real, wire);
  }

  #serve(request: ExchangeRequest, real: Answer, wire: HttpWire): void {
    const { nowMs, at } = this.#parts;
    const course = this.#courseOf(request);
    const { lost, instead } = course;
    const dueMs = nowMs() + course.delayMs;
    if (lost?.stage === "before") {
      if (lost.how !== "never") at(dueMs, () => wire.reset());
      return;
    }
    const right = instead ?? this.#reads.promised(course.request) ?? real(course.request);
    const edits = [...course.edits, ...course.bodies];
    const answer = this.#skewed(edits.reduce((each, edit) => edit(each), right));
    at(dueMs, () => {
      if (lost !== null) loseAnswer(answer, lost.how, wire);
      else if (course.bytesPerS > 0) this.#drip(answer, course.bytesPerS, wire);
      else sendWhole(answer, wire);
    });
  }

  #courseOf(request: ExchangeRequest): Course {
    const { plan, nowMs, venueOf, rng } = this.#parts;
    const [path = ""] = request.path.split("?", 1);
    const { method } = request;
    const subject = { venue: venueOf(path), method, path, ticker: tickerOf(request) };
    const course: Course = {
      request,
      instead: null,
      edits: [],
      bodies: [],
      delayMs: 0,
      lost: null,
      bytesPerS: 0,
    };
    const context = { course, rng, reads: this.#reads };
    for (const strike of plan.take("request", subject, nowMs())) applyStrike(strike, context);
    return course;
  }

  #skewed(answer: ExchangeResponse): ExchangeResponse {
    const byMs = this.#parts.skewMs();
    if (byMs === 0) return answer;
    const date = httpDateText(this.#parts.nowMs() + byMs);
    return { ...answer, headers: { ...answer.headers, date } };
  }

  #drip(answer: ExchangeResponse, bytesPerS: number, wire: HttpWire): void {
    const { at, nowMs } = this.#parts;
    const size = Math.max(1, Math.floor((bytesPerS * DRIP_MS) / 1000));
    const stepMs = Math.max(DRIP_MS, Math.ceil((size * 1000) / bytesPerS));
    const { body } = answer;
    const send = (from: number): void => {
      wire.part(body.slice(from, from + size));
      if (from + size >= body.length) wire.end();
      else at(nowMs() + stepMs, () => send(from + size));
    };
    wire.head(answer);
    send(0);
  }
}

function sendWhole(answer: ExchangeResponse, wire: HttpWire): void {
  wire.head(answer);
  wire.part(answer.body);
  wire.end();
}

function loseAnswer(
  answer: ExchangeResponse,
  how: ParamsOf<"http_lost">["how"],
  wire: HttpWire,
): void {
  switch (how) {
    case "never":
      return;
    case "reset":
      wire.reset();
      return;
    case "after_headers":
      wire.head(answer);
      wire.reset();
      return;
    case "mid_body":
      wire.head(answer);
      wire.part(answer.body.slice(0, Math.ceil(answer.body.length / 2)));
      wire.reset();
      return;
  }
}

/** The market a request is about, by its path, query or body. */
function tickerOf({ path, body }: ExchangeRequest): string | null {
  return (
    /\/markets\/([A-Z][^/?]*-[^/?]*)/.exec(path)?.[1] ??
    /[?&](?:market_)?ticker=([^&]+)/.exec(path)?.[1] ??
    /"ticker"\s*:\s*"([^"]*)"/.exec(body)?.[1] ??
    null
  );
}

interface StrikeContext {
  readonly course: Course;
  readonly rng: Rng;
  readonly reads: ReadFaults;
}

type RequestHandlers = {
  [Name in FaultsOf<"request">]: (strike: Strike<Name>, context: StrikeContext) => void;
};

const ON_REQUEST: RequestHandlers = {
  http_status: ({ params }, { course }) => {
    const answer = statusAnswer(params);
    if (params.after) course.edits.push(() => answer);
    else course.instead = answer;
  },
  http_redirect: ({ params }, { course }) => {
    const { status, location } = params;
    course.instead = { status, headers: { location }, body: "" };
  },
  http_lost: ({ params }, { course }) => {
    course.lost = params;
  },
  http_delayed: ({ params }, { course, rng }) => {
    course.delayMs += params.ms + (params.jitter_ms === 0 ? 0 : rng.below(params.jitter_ms));
  },
  http_dripped: ({ params }, { course }) => {
    course.bytesPerS = params.bytes_per_s;
  },
  http_body: ({ params }, { course }) => {
    course.bodies.push((answer) => ({ ...answer, body: otherBody(answer.body, params.how) }));
  },
  http_field: ({ params }, { course }) => {
    course.edits.push((answer) => ({ ...answer, body: withField(answer.body, params) }));
  },
  http_header: ({ params }, { course }) => {
    const { name, value } = params;
    course.edits.push((answer) => ({ ...answer, headers: { ...answer.headers, [name]: value } }));
  },
  list_changed: ({ params }, { course, reads }) => {
    if (params.how === "one_per_page") course.request = onePerPage(course.request);
    course.edits.push((answer) => reads.list(answer, params.how));
  },
  read_changed: (strike, { course, reads }) => {
    const { request } = course;
    course.edits.push((answer) => reads.read(request, answer, strike));
  },
};

function applyStrike<Name extends FaultsOf<"request">>(
  strike: Strike<Name>,
  context: StrikeContext,
): void {
  const handler: RequestHandlers[Name] = ON_REQUEST[strike.fault];
  handler(strike, context);
}

/** An answer of the edge or of the exchange itself, in the body each of them uses (kalshi.md §2.0). */
function statusAnswer(params: ParamsOf<"http_status">): ExchangeResponse {
  const { status, code, details, retry_after, html } = params;
  const headers = {
    ...(html ? { "content-type": "text/html" } : JSON_HEADERS),
    ...(retry_after === "" ? {} : { "retry-after": retry_after }),
  };
  if (html) return { status, headers, body: otherBody("", "html") };
  if (code === "") {
    return { status, headers, body: status === 429 ? '{"error":"too many requests"}' : "" };
  }
  const error = {
    code,
    message: code.replaceAll("_", " "),
    ...(details === "" ? {} : { details }),
  };
  return { status, headers, body: JSON.stringify({ error }) };
}
