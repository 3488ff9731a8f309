import type { WatchedRun } from "./run-readings.ts";

/**
 * What `/healthz` says. That it answers at all is the health of the process; what is wrong beside that stands in it, and is
 * no reason to start the process anew: a latch would only be met again.
 */
export function healthOf(mode: string, run: WatchedRun | null) {
  if (run === null) return { ok: true, mode, state: "starting" };
  const { clock, feeds, recorder, trading } = run;
  const nowMs = clock.nowMs();
  const latched = [...(trading?.latched() ?? [])];
  return {
    ok: true,
    mode,
    state: latched.length === 0 ? "running" : "latched",
    run_id: recorder.runId,
    latched,
    feeds: Object.fromEntries(
      feeds.map((feed) => {
        const { lastFrameMs } = feed.stats;
        const ageMs = lastFrameMs === null ? null : Math.max(0, nowMs - lastFrameMs);
        return [feed.name, { status: feed.status(), age_ms: ageMs }];
      }),
    ),
  };
}
