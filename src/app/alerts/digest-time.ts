import { DAY_MS } from "../../core/iso-time.ts";
import type { Ms } from "../../core/units.ts";

/** The next time after `nowMs` at which it is `HH:MM` UTC. */
export function nextDigestMs(nowMs: Ms, at: string): Ms {
  const [hours = "0", minutes = "0"] = at.split(":");
  const ofDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS + ofDayMs;
  return todayMs > nowMs ? todayMs : todayMs + DAY_MS;
}
