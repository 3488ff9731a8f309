import type { Draw } from "./chaos-draw.ts";
import type { FaultRule } from "./fault-rule.ts";

const ORDER_POST = { venue: "kalshi", method: "POST", path: "*/portfolio/events/orders" };
const ORDER_REQUESTS = [ORDER_POST, { venue: "kalshi", method: "DELETE" }];

/** What strikes only who trades: requests about orders, and the account's own channels. */
export function orderRules(draw: Draw): readonly FaultRule[] {
  const lost = ORDER_REQUESTS.flatMap((match) =>
    (["before", "after"] as const).flatMap((stage) =>
      (["reset", "never", "mid_body"] as const).flatMap((how) =>
        draw.some({
          fault: "http_lost",
          match,
          when: draw.odds(0.005, 0.1),
          params: { stage, how },
        }),
      ),
    ),
  );
  const statuses = ORDER_REQUESTS.flatMap((match) =>
    [false, true].flatMap((after) =>
      draw.some({
        fault: "http_status",
        match,
        when: draw.odds(0.005, 0.1),
        params: { status: draw.pick([500, 502, 503, 504]) ?? 503, after },
      }),
    ),
  );
  const frames = ["fill", "user_orders"].flatMap((channel) =>
    draw.some({ fault: "frame_dropped", match: { channel }, when: draw.odds(0.01, 0.5) }),
  );
  return [
    ...lost,
    ...statuses,
    ...frames,
    ...draw.some({
      fault: "http_body",
      match: ORDER_POST,
      when: draw.odds(0.005, 0.05),
      params: { how: "empty_object" },
    }),
    ...draw.some({
      fault: "http_delayed",
      match: ORDER_POST,
      when: draw.odds(0.02, 0.3),
      params: { ms: draw.int(100, 4000), jitter_ms: 1000 },
    }),
  ];
}
