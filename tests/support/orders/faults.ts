import type { FaultRule, FaultWhen } from "../../../src/exchange/faults/fault-rule.ts";
import { Rng } from "../../../src/exchange/random.ts";

const POST = { venue: "kalshi", method: "POST", path: "*/portfolio/events/orders" };
const DELETE = { venue: "kalshi", method: "DELETE" };
const READS = { venue: "kalshi", method: "GET", path: "*/portfolio/*" };
const ALL_READS = { venue: "kalshi", method: "GET" };
const FRAMES = ["fill", "user_orders"];

/**
 * What goes wrong for one seed: which kinds at all, and how much of each. A seed with little of everything finds other
 * mistakes than one with a lot of two things.
 */
export function orderFaults(seed: number): readonly FaultRule[] {
  const rng = new Rng(seed, "order-faults");
  if (rng.chance(0.1)) return [];
  const share = 0.15 + 0.5 * rng.unit();
  const some = (...rules: FaultRule[]): FaultRule[] => (rng.chance(share) ? rules : []);
  const odds = (from: number, to: number): FaultWhen => ({
    probability: from * (to / from) ** rng.unit(),
  });
  const again = (fromS: number, toS: number): FaultWhen => {
    const everyMs = Math.round(1000 * (fromS + rng.unit() * (toS - fromS)));
    return { everyMs, afterMs: rng.below(everyMs) };
  };
  const lost = [POST, DELETE, READS].flatMap((match) =>
    (["before", "after"] as const).flatMap((stage) =>
      (["reset", "never", "after_headers", "mid_body"] as const).flatMap((how) =>
        some({ fault: "http_lost", match, when: odds(0.005, 0.1), params: { stage, how } }),
      ),
    ),
  );
  const statuses = [POST, DELETE, READS].flatMap((match) =>
    [408, 429, 500, 502, 503, 504].flatMap((status) =>
      [false, true].flatMap((after) =>
        // A refusal for want of budget is one before anything is done.
        status === 429 && after
          ? []
          : some({
              fault: "http_status",
              match,
              when: odds(0.005, 0.08),
              params: { status, after },
            }),
      ),
    ),
  );
  const bodies = (
    ["empty", "empty_object", "error_object", "html", "truncated", "deep"] as const
  ).flatMap((how) =>
    some({ fault: "http_body", match: POST, when: odds(0.005, 0.08), params: { how } }),
  );
  const fields = [
    { path: "order_id", missing: true },
    { path: "client_order_id", value: '"00000000-0000-4000-8000-000000000000"' },
    { path: "remaining_count", value: '"99999.00"' },
    { path: "fill_count", missing: true },
    { path: "fill_count", value: '"-1.00"' },
  ].flatMap((params) =>
    some({ fault: "http_field", match: POST, when: odds(0.005, 0.05), params }),
  );
  const lists = (
    [
      "newest_on_page_two",
      "newest_twice",
      "null",
      "empty_page",
      "cursor_loop",
      "one_per_page",
    ] as const
  ).flatMap((how) =>
    some({ fault: "list_changed", match: READS, when: odds(0.01, 0.2), params: { how } }),
  );
  return [
    ...lost,
    ...statuses,
    ...bodies,
    ...fields,
    ...lists,
    // A list may be wrong once or twice, not for ever: nothing could be known then.
    ...some({
      fault: "list_changed",
      match: READS,
      when: { probability: 0.2, times: 2 },
      params: { how: "newest_missing" },
    }),
    ...some({
      fault: "read_changed",
      match: READS,
      when: { probability: 0.1, times: 2 },
      params: { how: "zero" },
    }),
    ...some({
      fault: "http_status",
      match: DELETE,
      when: odds(0.02, 0.5),
      params: { status: 404, code: "not_found" },
    }),
    ...some({
      fault: "http_status",
      match: ALL_READS,
      when: { ...again(20, 200), probability: 0.9 },
      params: { status: 503 },
    }),
    ...some({
      fault: "http_delayed",
      match: POST,
      when: odds(0.02, 0.3),
      params: { ms: 2500, jitter_ms: 4000 },
    }),
    ...FRAMES.flatMap((channel) =>
      some({ fault: "frame_dropped", match: { channel }, when: odds(0.02, 0.6) }),
    ),
    ...some({ fault: "frame_repeated", when: odds(0.02, 0.5), params: { copies: 2 } }),
    ...some({ fault: "frame_reordered", when: odds(0.02, 0.3), params: { by: 3 } }),
    ...some({ fault: "frame_delayed", when: odds(0.01, 0.1), params: { ms: 6000 } }),
    ...some({ fault: "connection_closed", when: again(10, 120), params: { code: 1006 } }),
    ...some({ fault: "connection_reset", when: again(20, 120) }),
    ...some({ fault: "half_open", when: again(30, 200) }),
    ...some({ fault: "upgrade_refused", when: odds(0.05, 0.5), params: { status: 503 } }),
    ...some({ fault: "command_lost", when: odds(0.05, 0.3) }),
    ...some({
      fault: "listener_down",
      when: again(20, 150),
      params: { how: "refused", for_ms: 4000 },
    }),
    ...some({
      fault: "shard_paused",
      when: again(40, 300),
      params: { exchange: rng.chance(0.5), for_ms: 15_000 },
    }),
    ...some({
      fault: "clock_skewed",
      when: again(30, 300),
      params: { by_ms: rng.below(4000) - 2000, for_ms: 20_000 },
    }),
  ];
}
