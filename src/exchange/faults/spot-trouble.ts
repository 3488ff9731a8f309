import type { SpotFaults } from "../spot/faults.ts";
import type { ParamsOf } from "./fault-table.ts";

type How = ParamsOf<"spot_trouble">["how"];

interface Trouble {
  readonly begin: Partial<SpotFaults>;
  /** Undoes it; null where it is over by itself. */
  readonly end: Partial<SpotFaults> | null;
}

/** What a trouble means in the venue's own terms. */
export function spotTrouble(how: How, amount: number): Trouble {
  return TROUBLES[how](amount);
}

const TROUBLES: Readonly<Record<How, (amount: number) => Trouble>> = {
  quiet: () => lasting({ quiet: true }, { quiet: false }),
  mute: () => lasting({ mute: true }, { mute: false }),
  heartbeat_stop: () => lasting({ heartbeatStop: true }, { heartbeatStop: false }),
  frames_lost: (amount) => lasting({ loseFrames: amount }, null),
  frames_twice: (amount) => lasting({ duplicateFrames: amount }, null),
  frames_swapped: (amount) => lasting({ swapFrames: amount }, null),
  frames_split: () => lasting({ splitFrames: true }, { splitFrames: false }),
  book_crossed: () => lasting({ book: "crossed" }, { book: "whole" }),
  book_one_sided: () => lasting({ book: "one-sided" }, { book: "whole" }),
  price_off: (amount) => lasting({ priceFactor: 1 + amount / 10_000 }, { priceFactor: 1 }),
  clock_skewed: (amount) => lasting({ skewMs: amount }, { skewMs: 0 }),
  clock_drifting: (amount) => lasting({ driftPpm: amount }, { driftPpm: 0 }),
  maintenance: () => lasting({ status: "maintenance" }, { status: "online" }),
  geo_blocked: () => lasting({ geoBlocked: true }, { geoBlocked: false }),
  upgrades_refused: (amount) => lasting({ refuseUpgrades: amount }, { refuseUpgrades: null }),
  http_error: (amount) => lasting({ http: { status: amount, retryAfterS: 1 } }, { http: null }),
  restart_sudden: () => lasting({ restart: "sudden" }, null),
  restart_announced: () => lasting({ restart: "announced" }, null),
};

function lasting(begin: Partial<SpotFaults>, end: Partial<SpotFaults> | null): Trouble {
  return { begin, end };
}
