import type { Ms } from "../../core/units.ts";
import type { Feed } from "../../ports.ts";
import type { Alert } from "../../ports-alerts.ts";

interface Outages {
  readonly feeds: readonly Feed[];
  readonly silentMs: Ms;
  readonly startMs: Ms;
  readonly say: (alert: Alert) => void;
}

/** To be called often: tells of a feed that has said nothing for too long, and that it speaks again. */
export function createOutageWatch({ feeds, say, silentMs, startMs }: Outages): (nowMs: Ms) => void {
  const silent = new Map<string, Ms>();
  return (nowMs) => {
    for (const feed of feeds) {
      const heardMs = feed.stats.lastFrameMs ?? startMs;
      const sinceMs = silent.get(feed.name);
      if (nowMs - heardMs > silentMs) {
        if (sinceMs !== undefined) continue;
        silent.set(feed.name, heardMs);
        say({
          key: `silent ${feed.name}`,
          severity: "critical",
          title: `${feed.name} has said nothing for ${Math.round((nowMs - heardMs) / 1000)} s`,
          lines: [feed.status()],
        });
      } else if (sinceMs !== undefined) {
        silent.delete(feed.name);
        say({
          key: `heard ${feed.name}`,
          severity: "info",
          title: `${feed.name} is heard again, after ${Math.round((heardMs - sinceMs) / 1000)} s`,
        });
      }
    }
  };
}
