import { createSystemClock } from "../../../adapters/platform/system-clock.ts";
import type { Config } from "../../../config/schema.ts";
import { KbtError } from "../../../core/errors.ts";
import { isoTime } from "../../../core/iso-time.ts";
import type { AlertService, Delivery, Notice } from "../../../ports-alerts.ts";
import { alertServices, secretsHider } from "../alert-services.ts";
import { type Finding, linesOf } from "./finding.ts";

const about = (check: string) =>
  linesOf({
    check,
    why: "what happens while nobody looks is told there, and only there",
    todo: "docs/operating.md says how each messenger is set up",
  });

/** Sends each configured messenger a message, and says what came back. */
export async function alertLines(config: Config, signal: AbortSignal): Promise<Finding[]> {
  try {
    const services = alertServices(config);
    if (services.length === 0) throw noAlerts();
    const hide = secretsHider(config);
    return await Promise.all(services.map((service) => serviceLine(service, hide, signal)));
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    return [about("alerts").fail(error)];
  }
}

function noAlerts(): KbtError {
  return new KbtError({
    kind: "config",
    code: "NO_ALERTS",
    message: "no messenger is configured",
    hint: "set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or DISCORD_WEBHOOK_URL",
  });
}

async function serviceLine(
  service: AlertService,
  hide: (text: string) => string,
  signal: AbortSignal,
): Promise<Finding> {
  const clock = createSystemClock();
  const notice: Notice = {
    severity: "info",
    title: "kbt can reach you",
    lines: ["a test message, as asked for"],
    signature: `kbt doctor · ${isoTime(clock.nowMs()).slice(11, 19)}Z`,
  };
  const startMono = clock.monoMs();
  const delivery = await service.send([notice], signal);
  const lines = about(`alerts ${service.name}`);
  if (delivery.type !== "sent") return lines.fail(hide(wordsOf(delivery)));
  return lines.ok(`took a test message in ${Math.round(clock.monoMs() - startMono)} ms`);
}

function wordsOf(delivery: Exclude<Delivery, { type: "sent" }>): string {
  if (delivery.type === "later") {
    return `too many messages: it wants none for ${Math.ceil(delivery.pauseMs / 1000)} s`;
  }
  const isGone = delivery.type === "gone";
  return isGone
    ? `${delivery.reason}; token or address is wrong, or was taken back`
    : delivery.reason;
}
