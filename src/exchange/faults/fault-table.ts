// Every fault the exchange can inject: where it acts, what it needs to be told, and what it does. The table is the one
// place that says so: rules are checked against it, the control endpoint lists it, and the types come from it.

/**
 * Where a fault acts. `request`, `upgrade`, `command` and `frame` are asked at each of those, `order` when a command is
 * about to run; the others strike by time.
 */
export type Layer = "request" | "upgrade" | "command" | "order" | "frame" | "connection" | "state";

interface IntegerParam {
  readonly kind: "integer";
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

interface TextParam {
  readonly kind: "text";
  readonly fallback: string;
}

interface FlagParam {
  readonly kind: "flag";
  readonly fallback: boolean;
}

interface ChoiceParam<Choice extends string> {
  readonly kind: "choice";
  readonly fallback: Choice;
  readonly choices: readonly Choice[];
}

export type Param = IntegerParam | TextParam | FlagParam | ChoiceParam<string>;

interface FaultSpec {
  readonly layer: Layer;
  readonly says: string;
  readonly params: Readonly<Record<string, Param>>;
}

function integer(fallback: number, min: number, max: number): IntegerParam {
  return { kind: "integer", fallback, min, max };
}

function text(fallback: string): TextParam {
  return { kind: "text", fallback };
}

function flag(fallback: boolean): FlagParam {
  return { kind: "flag", fallback };
}

function choice<const Choice extends string>(
  fallback: NoInfer<Choice>,
  choices: readonly Choice[],
): ChoiceParam<Choice> {
  return { kind: "choice", fallback, choices };
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

function duration(fallback: number): IntegerParam {
  return integer(fallback, 0, WEEK_MS);
}

export const FAULTS = {
  // HTTP
  http_status: {
    layer: "request",
    says: "answers with a status of its own; with `after` the request was carried out all the same",
    params: {
      status: integer(503, 100, 599),
      code: text(""),
      details: text(""),
      retry_after: text(""),
      html: flag(false),
      after: flag(false),
    },
  },
  http_redirect: {
    layer: "request",
    says: "sends the client elsewhere; the request is not carried out",
    params: { status: integer(307, 300, 399), location: text("http://127.0.0.1:9/stolen") },
  },
  http_lost: {
    layer: "request",
    says: "no whole answer arrives; `stage` says whether the request was carried out before",
    params: {
      stage: choice("after", ["before", "after"]),
      how: choice("reset", ["reset", "never", "after_headers", "mid_body"]),
    },
  },
  http_delayed: {
    layer: "request",
    says: "the answer is held back",
    params: { ms: duration(3000), jitter_ms: duration(0) },
  },
  http_dripped: {
    layer: "request",
    says: "the body arrives in pieces at so many bytes a second",
    params: { bytes_per_s: integer(200, 1, 10_000_000) },
  },
  http_body: {
    layer: "request",
    says: "carried out, but the body of the answer is something else",
    params: {
      how: choice("empty_object", [
        "empty",
        "empty_object",
        "error_object",
        "html",
        "truncated",
        "huge",
        "deep",
      ]),
    },
  },
  http_field: {
    layer: "request",
    says: "carried out, but one field of the answer is missing or has another JSON value, by dotted path",
    params: { path: text("order_id"), value: text(""), missing: flag(false) },
  },
  http_header: {
    layer: "request",
    says: "carried out, but one header of the answer has another value",
    params: { name: text("content-type"), value: text("text/html") },
  },
  list_changed: {
    layer: "request",
    says: "a list the exchange gives: entries missing, on the second page only, twice; pages that loop",
    params: {
      how: choice("newest_missing", [
        "newest_missing",
        "newest_on_page_two",
        "newest_twice",
        "null",
        "empty_page",
        "cursor_loop",
        "one_per_page",
      ]),
    },
  },
  read_changed: {
    layer: "request",
    says: "one account read is wrong: every number zero, or as it was when the fault began",
    params: { how: choice("zero", ["zero", "frozen"]) },
  },
  // WebSocket
  upgrade_refused: {
    layer: "upgrade",
    says: "the handshake is answered with a status; 3xx with a location",
    params: { status: integer(401, 300, 599), location: text("") },
  },
  command_refused: {
    layer: "command",
    says: "a command of the client is answered with an error and not carried out",
    params: { code: integer(26, 1, 99), message: text("Subscription market limit exceeded") },
  },
  command_lost: {
    layer: "command",
    says: "a command is never answered; with `after` it was carried out",
    params: { after: flag(false) },
  },
  command_late: {
    layer: "order",
    says: "a command runs later: acknowledgements come out of order and behind data",
    params: { ms: duration(500) },
  },
  command_interleaved: {
    layer: "order",
    says: "of several channels, each one's data comes right behind its own acknowledgement",
    params: {},
  },
  frame_dropped: { layer: "frame", says: "a frame that was counted is not sent", params: {} },
  frame_repeated: {
    layer: "frame",
    says: "a frame is sent again right after itself",
    params: { copies: integer(1, 1, 100) },
  },
  frame_reordered: {
    layer: "frame",
    says: "a frame is sent after the next ones",
    params: { by: integer(1, 1, 1000) },
  },
  frame_delayed: {
    layer: "frame",
    says: "a frame is held back, and everything behind it waits too",
    params: { ms: duration(4000), jitter_ms: duration(0) },
  },
  frame_corrupted: {
    layer: "frame",
    says: "a frame is changed on its way",
    params: {
      how: choice("truncated", [
        "truncated",
        "garbage",
        "binary",
        "empty",
        "not_an_object",
        "oversize",
        "deep",
        "duplicate_keys",
        "wrong_types",
        "unknown_type",
        "renamed_type",
        "renamed_field",
        "missing_field",
        "unknown_market",
        "bad_side",
        "price_zero",
        "price_one",
        "negative_size",
        "crossed",
      ]),
    },
  },
  frame_injected: {
    layer: "frame",
    says: "before this frame another is sent that the exchange never made",
    params: { text: text('{"type":"surprise","msg":{}}') },
  },
  muted: {
    layer: "frame",
    says: "from this frame on a sid, or one market of it, falls silent without a hole in its numbers",
    params: { scope: choice("sid", ["sid", "market"]), ms: duration(0) },
  },
  seq_reset: {
    layer: "frame",
    says: "the sid counts from 1 again, from this frame on",
    params: {},
  },
  channel_error: {
    layer: "frame",
    says: "instead of this frame the subscription ends with an error: 25 overflow, 10 channel died",
    params: { code: integer(25, 1, 99) },
  },
  connection_closed: {
    layer: "connection",
    says: "the exchange closes the connection; 1006 is an end without a close frame",
    params: { code: integer(1001, 1000, 4999), reason: text("going away") },
  },
  connection_reset: { layer: "connection", says: "a TCP reset", params: {} },
  half_open: {
    layer: "connection",
    says: "TCP stays up, nothing arrives any more and pings are not answered",
    params: {},
  },
  link_slow: {
    layer: "connection",
    says: "latency, jitter and bandwidth (0: no limit) of the link, for a while or to its end (0)",
    params: {
      latency_ms: duration(0),
      jitter_ms: duration(0),
      bytes_per_s: integer(0, 0, 1_000_000_000),
      for_ms: duration(0),
    },
  },
  // Network, account, market
  listener_down: {
    layer: "state",
    says: "new TCP connections are refused, or answered with bytes that are no protocol",
    params: { how: choice("refused", ["refused", "garbage"]), for_ms: duration(2000) },
  },
  key_revoked: {
    layer: "state",
    says: "the account's key stops working; its sockets may be closed with it",
    params: { close_sockets: flag(true) },
  },
  clock_skewed: {
    layer: "state",
    says: "the exchange's clock is off: signatures, Date header, times in frames",
    params: { by_ms: integer(1300, -DAY_MS, DAY_MS), for_ms: duration(0) },
  },
  shard_paused: {
    layer: "state",
    says: "trading pauses on a shard, or with `exchange` everything does; resumes after `for_ms` (0: never)",
    params: { shard: integer(2, 0, 9), exchange: flag(false), for_ms: duration(60_000) },
  },
  market_deactivated: {
    layer: "state",
    says: "a market is deactivated and, after `for_ms` (0: never), activated again",
    params: { for_ms: duration(20_000) },
  },
  market_close_moved: {
    layer: "state",
    says: "a market closes earlier (negative) or later",
    params: { by_ms: integer(-60_000, -WEEK_MS, WEEK_MS) },
  },
  market_structure: {
    layer: "state",
    says: "the tick ladder of a market changes",
    params: {
      structure: choice("deci_cent", ["linear_cent", "deci_cent", "tapered_deci_cent"]),
    },
  },
  settlement_late: {
    layer: "state",
    says: "a market's result is published this much later",
    params: { by_ms: duration(DAY_MS) },
  },
  result_forced: {
    layer: "state",
    says: "a market's YES pays this many centicents: 10000 yes, 0 no, else scalar",
    params: { payout_cc: integer(5000, 0, 10_000) },
  },
  spot_trouble: {
    layer: "state",
    says: "trouble of one spot venue (match.venue), `amount` being frames, basis points, ms or a status",
    params: {
      how: choice("quiet", [
        "quiet",
        "mute",
        "heartbeat_stop",
        "frames_lost",
        "frames_twice",
        "frames_swapped",
        "frames_split",
        "book_crossed",
        "book_one_sided",
        "price_off",
        "clock_skewed",
        "clock_drifting",
        "maintenance",
        "geo_blocked",
        "upgrades_refused",
        "http_error",
        "restart_sudden",
        "restart_announced",
      ]),
      amount: integer(1, -DAY_MS, DAY_MS),
      for_ms: duration(10_000),
    },
  },
  result_amended: {
    layer: "state",
    says: "the published result of a market is disputed and amended to this payout",
    params: { payout_cc: integer(0, 0, 10_000) },
  },
} satisfies Readonly<Record<string, FaultSpec>>;

export type FaultName = keyof typeof FAULTS;

type ValueOf<P> = P extends IntegerParam
  ? number
  : P extends FlagParam
    ? boolean
    : P extends ChoiceParam<infer Choice>
      ? Choice
      : string;

type ParamsTable<Name extends FaultName> = (typeof FAULTS)[Name]["params"];

/** The parameters of a fault, all of them. */
export type ParamsOf<Name extends FaultName> = {
  readonly [Key in keyof ParamsTable<Name>]: ValueOf<ParamsTable<Name>[Key]>;
};

export type FaultsOf<L extends Layer> = {
  [Name in FaultName]: (typeof FAULTS)[Name]["layer"] extends L ? Name : never;
}[FaultName];

export function isFaultName(name: unknown): name is FaultName {
  return typeof name === "string" && Object.hasOwn(FAULTS, name);
}
