import type { Logger } from "../../adapters/platform/logger.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { type ErrorKind, KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { Alert } from "../../ports-alerts.ts";
import { AlertDesk } from "../alerts/alert-desk.ts";
import { nextDigestMs } from "../alerts/digest-time.ts";
import { createOutageWatch } from "../alerts/feed-outages.ts";
import { Outbox } from "../alerts/outbox.ts";
import { RunAlerts } from "../alerts/run-alerts.ts";
import type { Readings } from "../metrics/exposition.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import { digestOf, startsOf } from "./alert-history.ts";
import { alertServices, secretsHider } from "./alert-services.ts";
import type { Environment } from "./environment.ts";
import type { Watcher, WatchSetting } from "./watcher.ts";

/** What is still to be said at the end has so long; the run itself is over by then. */
const FAREWELL_MS = 4_000;
const STORM_MS = 600_000;
const STORM_STARTS = 4;
/** They are asked every few minutes, and what they miss is a gap row. */
const SLOW_FEEDS: ReadonlySet<string> = new Set(["news", "weather"]);
/** What an errand says by failing so, it says to who asked for it. */
const ANSWERS: ReadonlySet<ErrorKind> = new Set(["risk", "check"]);

/** Tells the configured messengers of a run. */
export function openAlerts(setting: WatchSetting): Watcher {
  return new AlertWatcher(setting, alertServices(setting.config));
}

class AlertWatcher implements Watcher {
  readonly rows: RunAlerts;
  readonly #setting: WatchSetting;
  readonly #real = createSystemClock();
  readonly #stop = new AbortController();
  readonly #hide: (text: string) => string;
  readonly #outboxes: readonly Outbox[];
  readonly #desk: AlertDesk;
  readonly #sending: Promise<unknown>;
  #env: Environment | null = null;
  #log: Logger | null = null;
  #run: WatchedRun | null = null;
  #outages: (nowMs: Ms) => void = () => {};
  #digestMs: Ms = Number.POSITIVE_INFINITY;

  constructor(setting: WatchSetting, services: ReturnType<typeof alertServices>) {
    const { alerts } = setting.config;
    this.#setting = setting;
    this.#hide = secretsHider(setting.config);
    this.#outboxes = services.map((service) => {
      const trouble = (reason: string): void => this.#trouble(service.name, reason);
      return new Outbox({ service, real: this.#real, sizeMax: alerts.queue, trouble });
    });
    this.#desk = new AlertDesk({
      outboxes: this.#outboxes,
      real: this.#real,
      nowMs: () => (this.#env?.clock ?? this.#real).nowMs(),
      repeatMs: alerts.repeat_s * 1000,
      from: `kbt ${setting.mode}`,
      clean: (text, max) => setting.ctx.clean(this.#hide(text), max),
    });
    this.rows = new RunAlerts(
      {
        fills: alerts.fills,
        settlements: alerts.settlements,
        milestoneUsd: alerts.milestone_usd,
      },
      (alert) => this.#say(alert),
    );
    this.#sending = Promise.all(this.#outboxes.map((outbox) => this.#send(outbox)));
  }

  environment(env: Environment): Environment {
    this.#env = env;
    return env;
  }

  /** What somebody must act on is said, whoever says it. */
  log(log: Logger): Logger {
    this.#log = log;
    return {
      ...log,
      error: (fields, message) => {
        log.error(fields, message);
        const { ev, kind, reason } = fields;
        const what = [kind, reason].filter((part) => typeof part === "string").join(": ");
        this.#say({
          key: `log ${String(ev)} ${String(kind)}`,
          severity: "critical",
          title: what === "" ? message : `${message}: ${what}`,
        });
      },
    };
  }

  follow(run: WatchedRun): void {
    const { config, mode } = this.#setting;
    const { alerts, kalshi, storage } = config;
    const startMs = run.clock.nowMs();
    this.#run = run;
    this.#desk.follow(run.recorder.runId);
    this.#digestMs = alerts.digest
      ? nextDigestMs(startMs, alerts.digest_utc)
      : Number.POSITIVE_INFINITY;
    this.#outages = createOutageWatch({
      feeds: run.feeds.filter(({ name }) => !SLOW_FEEDS.has(name)),
      silentMs: alerts.feed_silent_s * 1000,
      startMs,
      say: (alert) => this.#say(alert),
    });
    if (this.#setting.isErrand) return;
    if (alerts.started) {
      const bankroll =
        run.trading === null ? "" : `, bankroll $${(run.trading.bankroll / 1e6).toFixed(2)}`;
      this.#say({
        key: "started",
        severity: "info",
        title: `${mode} started on ${this.#env?.label ?? "an unknown exchange"}`,
        lines: [`${kalshi.series.join(", ")}${bankroll}`],
      });
    }
    // A local exchange begins its time anew in each process, so all its runs start at once.
    if (this.#env?.sim !== null) return;
    const starts = this.#lookUp(() => startsOf(storage.db_path, mode, startMs - STORM_MS));
    if (starts === null || starts < STORM_STARTS) return;
    this.#say({
      key: "storm",
      severity: "critical",
      title: `${mode} was started ${starts} times within ${STORM_MS / 60_000} minutes`,
      lines: ["something ends it again and again; kbt status, and the log"],
    });
  }

  tick(): void {
    const run = this.#run;
    if (run === null) return;
    const nowMs = run.clock.nowMs();
    this.#outages(nowMs);
    if (nowMs < this.#digestMs) return;
    const { alerts, storage } = this.#setting.config;
    this.#digestMs = nextDigestMs(nowMs, alerts.digest_utc);
    const digest = this.#lookUp(() => digestOf(storage.db_path, this.#setting.mode, run));
    if (digest !== null) this.#say(digest);
  }

  ended(exitCode: number, error: unknown): void {
    const { config, isErrand, mode } = this.#setting;
    if (exitCode === 0) {
      if (isErrand || this.#run === null || !config.alerts.started) return;
      this.#say({ key: "ended", severity: "info", title: `${mode} ended as asked` });
      return;
    }
    const known = error instanceof KbtError ? error : null;
    // A plan that waits for its confirmation ends so, and a drill that has found something.
    if (isErrand && known !== null && ANSWERS.has(known.kind)) return;
    const why = known === null ? "a bug" : `${known.code} ${known.message}`;
    this.#say({
      key: "ended",
      severity: "critical",
      title: `${mode} ended with exit ${exitCode}: ${why}`,
      lines: known?.hint === undefined ? [] : [known.hint],
    });
  }

  readings(): Readings {
    return {
      kbt_alerts_total: ({ value }) => {
        for (const { counts, name } of this.#outboxes) {
          for (const [outcome, count] of Object.entries(counts)) value(count, name, outcome);
        }
      },
      kbt_alert_send_failures_total: ({ value }) => {
        for (const { failures, name } of this.#outboxes) value(failures, name);
      },
      kbt_alerts_waiting: ({ value }) => {
        for (const { name, size } of this.#outboxes) value(size, name);
      },
    };
  }

  async close(): Promise<readonly string[]> {
    const patience = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(FAREWELL_MS)]);
    await Promise.allSettled(this.#outboxes.map((outbox) => outbox.emptied(patience)));
    this.#stop.abort(new DOMException("the run is over", "AbortError"));
    await this.#sending;
    return this.#outboxes.flatMap(({ counts, name, size }) => {
      const lost = counts.dropped + size;
      return lost === 0 ? [] : [`${lost} alerts were not delivered to ${name}; why is in the log`];
    });
  }

  #say(alert: Alert): void {
    const { alerts } = this.#setting.config;
    // Play money would drown what is real.
    if (this.#env !== null && this.#env.sim !== null && !alerts.in_sim) return;
    this.#desk.say(alert);
  }

  async #send(outbox: Outbox): Promise<void> {
    try {
      await outbox.run(this.#stop.signal);
    } catch (error) {
      // A bug here may cost an alert, never the run.
      if (!this.#stop.signal.aborted) this.#trouble(outbox.name, String(error));
    }
  }

  /** Null when the database cannot be read: that costs an alert, never the run. */
  #lookUp<T>(look: () => T): T | null {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof KbtError)) throw error;
      const { code, message } = error;
      this.#log?.warn(
        { ev: "alert.unread", code, reason: this.#hide(message) },
        "database not read for an alert",
      );
      return null;
    }
  }

  #trouble(service: string, reason: string): void {
    this.#log?.warn(
      { ev: "alert.failed", service, reason: this.#hide(reason) },
      "alert not delivered",
    );
  }
}
