import { Rng } from "../random.ts";
import { Draw, GRACE_MS } from "./chaos-draw.ts";
import { orderRules } from "./chaos-orders.ts";
import type { FaultRule, FaultWhen } from "./fault-rule.ts";
import type { ParamsOf } from "./fault-table.ts";

// The fault schedule of the `chaos` scenario. Each seed draws which kinds of trouble it has at all and how much of each:
// a seed with little of everything finds other mistakes than one with a lot of two things.

const SECOND = 1000;
const MINUTE = 60_000;

const KALSHI = { venue: "kalshi" };
const COINBASE = { venue: "coinbase" };
const READS = { venue: "kalshi", method: "GET" };
const BOOKS = { venue: "kalshi", channel: "orderbook_delta" };
/** Channels whose frames are numbered: a frame lost on the others was never there. */
const NUMBERED = ["orderbook_delta", "trade", "cfbenchmarks_value", "market_lifecycle_v2"];

const GARBLED: readonly ParamsOf<"frame_corrupted">["how"][] = [
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
  "renamed_field",
  "missing_field",
  "unknown_market",
  "bad_side",
  "price_zero",
  "price_one",
  "negative_size",
];
const SPOT_TROUBLES: readonly (readonly [ParamsOf<"spot_trouble">["how"], number])[] = [
  ["quiet", 0],
  ["mute", 0],
  ["heartbeat_stop", 0],
  ["book_one_sided", 0],
  ["price_off", 500],
  ["clock_skewed", 1300],
  ["http_error", 429],
  ["restart_sudden", 0],
];
interface OtherVenue {
  readonly venue: "kraken" | "binance" | "bitstamp" | "gemini";
  /** Channels whose frames are numbered, by the venue's own words. */
  readonly numbered: readonly string[];
}

const OTHER_VENUES: readonly OtherVenue[] = [
  // Its book carries a checksum of the best ten levels only: what is lost below them may never show.
  { venue: "kraken", numbered: ["trade"] },
  { venue: "binance", numbered: ["trade"] },
  { venue: "bitstamp", numbered: [] },
  { venue: "gemini", numbered: ["depthUpdate"] },
];
const BODIES: readonly ParamsOf<"http_body">["how"][] = ["empty", "html", "truncated", "deep"];
const LISTS: readonly ParamsOf<"list_changed">["how"][] = [
  "null",
  "empty_page",
  "cursor_loop",
  "one_per_page",
];

/** The rules of one seed. */
export function chaosRules(seed: number): readonly FaultRule[] {
  const draw = new Draw(new Rng(seed, "chaos"));
  return [
    ...connectionRules(draw),
    ...frameRules(draw),
    ...commandRules(draw),
    ...requestRules(draw),
    ...stateRules(draw),
    // Last, so that the venues before them keep the troubles they had.
    ...OTHER_VENUES.flatMap((venue) => otherVenueRules(draw, venue)),
    ...orderRules(draw),
  ];
}

/** The other spot venues: their links break, and what they number gets lost. */
function otherVenueRules(draw: Draw, { venue, numbered }: OtherVenue): readonly FaultRule[] {
  const often = (): FaultWhen => draw.again(3 * MINUTE, 40 * MINUTE);
  const match = { venue };
  return [
    ...draw.some({ fault: "connection_closed", match, when: often() }),
    ...draw.some({ fault: "connection_reset", match, when: often() }),
    ...draw.some({ fault: "half_open", match, when: often() }),
    // Only what has a number: a frame without one cannot vanish from a connection that goes on.
    ...numbered.flatMap((channel) =>
      draw.some({
        fault: "frame_dropped",
        match: { venue, channel },
        when: draw.odds(1e-4, 3e-3),
      }),
    ),
    ...SPOT_TROUBLES.flatMap(([how, amount]) =>
      draw.some({
        fault: "spot_trouble",
        match,
        when: often(),
        params: { how, amount, for_ms: draw.int(3, 90) * SECOND },
      }),
    ),
    ...draw.some({
      fault: "spot_trouble",
      match,
      when: often(),
      params: { how: "restart_announced", amount: 0, for_ms: 0 },
    }),
  ];
}

function connectionRules(draw: Draw): readonly FaultRule[] {
  const closes = [1000, 1001, 1006, 1011].flatMap((code) =>
    draw.some({
      fault: "connection_closed",
      match: KALSHI,
      when: draw.again(2 * MINUTE, 30 * MINUTE),
      params: { code, reason: "chaos" },
    }),
  );
  const slow = {
    latency_ms: draw.int(100, 6000),
    jitter_ms: draw.int(0, 2000),
    bytes_per_s: draw.rng.chance(0.5) ? 0 : draw.int(5000, 200_000),
    for_ms: draw.int(5, 60) * SECOND,
  };
  const often = (): FaultWhen => draw.again(3 * MINUTE, 40 * MINUTE);
  return [
    ...closes,
    ...draw.some({ fault: "connection_closed", match: COINBASE, when: often() }),
    ...draw.some({ fault: "connection_reset", match: KALSHI, when: often() }),
    ...draw.some({ fault: "connection_reset", match: COINBASE, when: often() }),
    ...draw.some({ fault: "half_open", match: KALSHI, when: often() }),
    ...draw.some({ fault: "half_open", match: COINBASE, when: often() }),
    ...draw.some({ fault: "link_slow", match: KALSHI, when: often(), params: slow }),
    ...draw.some({ fault: "link_slow", match: COINBASE, when: often(), params: slow }),
    ...draw.some({
      fault: "upgrade_refused",
      when: draw.odds(0.05, 0.6),
      params: { status: 503 },
    }),
    ...draw.some({
      fault: "listener_down",
      when: draw.again(5 * MINUTE, 40 * MINUTE),
      params: { how: draw.rng.chance(0.7) ? "refused" : "garbage", for_ms: draw.int(200, 8000) },
    }),
  ];
}

function frameRules(draw: Draw): readonly FaultRule[] {
  const drops = NUMBERED.flatMap((channel) =>
    draw.some({
      fault: "frame_dropped",
      match: { venue: "kalshi", channel },
      when: draw.odds(1e-5, 2e-3),
    }),
  );
  const garbled = GARBLED.flatMap((how) =>
    draw.some({
      fault: "frame_corrupted",
      match: KALSHI,
      when: draw.odds(1e-6, 2e-4),
      params: { how },
    }),
  );
  return [
    ...drops,
    ...garbled,
    ...draw.some({ fault: "frame_dropped", match: COINBASE, when: draw.odds(1e-5, 1e-3) }),
    ...draw.some({ fault: "frame_repeated", when: draw.odds(1e-5, 1e-3) }),
    ...draw.some({
      fault: "frame_reordered",
      match: BOOKS,
      when: draw.odds(1e-6, 3e-4),
      params: { by: draw.int(1, 20) },
    }),
    ...draw.some({
      fault: "frame_delayed",
      match: KALSHI,
      when: draw.odds(1e-6, 1e-4),
      params: { ms: draw.int(500, 8000) },
    }),
    ...draw.some({
      fault: "frame_injected",
      match: KALSHI,
      when: draw.odds(1e-6, 1e-4),
    }),
    ...draw.some({ fault: "seq_reset", match: BOOKS, when: draw.odds(1e-6, 3e-5) }),
    ...[10, 25].flatMap((code) =>
      draw.some({
        fault: "channel_error",
        match: KALSHI,
        when: draw.odds(1e-6, 3e-5),
        params: { code },
      }),
    ),
    ...(["sid", "market"] as const).flatMap((scope) =>
      draw.some({
        fault: "muted",
        match: KALSHI,
        when: draw.odds(1e-6, 3e-5),
        params: { scope },
      }),
    ),
  ];
}

function commandRules(draw: Draw): readonly FaultRule[] {
  return [
    ...draw.some({ fault: "command_lost", match: KALSHI, when: draw.odds(0.01, 0.2) }),
    ...draw.some({
      fault: "command_lost",
      match: KALSHI,
      when: draw.odds(0.01, 0.2),
      params: { after: true },
    }),
    ...draw.some({
      fault: "command_late",
      when: draw.odds(0.02, 0.5),
      params: { ms: draw.int(10, 4000) },
    }),
    ...draw.some({ fault: "command_interleaved", when: draw.odds(0.05, 1) }),
    ...[1, 10, 17, 18, 26, 27].flatMap((code) =>
      draw.some({
        fault: "command_refused",
        match: KALSHI,
        when: draw.odds(0.005, 0.05),
        params: { code, message: "chaos" },
      }),
    ),
  ];
}

function requestRules(draw: Draw): readonly FaultRule[] {
  const status = (code: number, when: FaultWhen): readonly FaultRule[] =>
    draw.some({
      fault: "http_status",
      match: READS,
      when,
      params: { status: code, retry_after: draw.pick(["", "1", "0", "-1", "1000000000"]) ?? "" },
    });
  // Storms: for a minute or so hardly anything gets through.
  const storms = [1, 2, 3, 4].flatMap((hour) => {
    const afterMs = Math.round((hour - draw.rng.unit()) * 60 * MINUTE) + GRACE_MS;
    const untilMs = afterMs + draw.int(10, 120) * SECOND;
    return status(draw.pick([429, 503]) ?? 503, { afterMs, untilMs, probability: 0.9 });
  });
  const kinds = (["before", "after"] as const).flatMap((stage) =>
    (["reset", "never", "mid_body"] as const).flatMap((how) =>
      draw.some({
        fault: "http_lost",
        match: READS,
        when: draw.odds(1e-3, 0.03),
        params: { stage, how },
      }),
    ),
  );
  return [
    ...storms,
    ...[429, 500, 502, 503, 504].flatMap((code) => status(code, draw.odds(1e-3, 0.05))),
    ...kinds,
    ...BODIES.flatMap((how) =>
      draw.some({
        fault: "http_body",
        match: READS,
        when: draw.odds(1e-3, 0.02),
        params: { how },
      }),
    ),
    ...LISTS.flatMap((how) =>
      draw.some({
        fault: "list_changed",
        match: READS,
        when: draw.odds(1e-3, 0.02),
        params: { how },
      }),
    ),
    ...draw.some({
      fault: "http_delayed",
      match: READS,
      when: draw.odds(0.01, 0.3),
      params: { ms: draw.int(100, 4000), jitter_ms: draw.int(0, 3000) },
    }),
    ...draw.some({ fault: "http_dripped", match: READS, when: draw.odds(1e-3, 0.02) }),
  ];
}

function stateRules(draw: Draw): readonly FaultRule[] {
  const often = (): FaultWhen => draw.again(4 * MINUTE, 60 * MINUTE);
  const venue = SPOT_TROUBLES.flatMap(([how, amount]) =>
    draw.some({
      fault: "spot_trouble",
      match: COINBASE,
      when: often(),
      params: { how, amount, for_ms: draw.int(3, 90) * SECOND },
    }),
  );
  return [
    ...venue,
    ...draw.some({
      fault: "clock_skewed",
      when: often(),
      params: { by_ms: draw.int(-2000, 2000), for_ms: draw.int(10, 300) * SECOND },
    }),
    ...draw.some({
      fault: "shard_paused",
      when: often(),
      params: { exchange: draw.rng.chance(0.3), for_ms: draw.int(5, 180) * SECOND },
    }),
    ...draw.some({
      fault: "market_deactivated",
      when: draw.again(MINUTE, 20 * MINUTE),
      params: { for_ms: draw.int(1, 120) * SECOND },
    }),
    ...draw.some({
      fault: "market_close_moved",
      when: often(),
      params: { by_ms: -draw.int(1, 300) * SECOND },
    }),
    ...draw.some({ fault: "market_structure", when: often() }),
    ...draw.some({
      fault: "settlement_late",
      when: often(),
      params: { by_ms: draw.int(1, 60) * MINUTE },
    }),
    ...draw.some({ fault: "result_forced", when: often(), params: { payout_cc: 5000 } }),
    ...draw.some({ fault: "result_amended", when: often() }),
  ];
}
