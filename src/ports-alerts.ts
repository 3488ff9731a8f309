import type { Ms } from "./core/units.ts";

type Severity = "critical" | "warning" | "info";

/** Something that people should hear of who do not look at the screen. */
export interface Alert {
  /** What it is about: said again within a while it is no news. */
  readonly key: string;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  readonly lines?: readonly string[];
}

/** An alert on its way. */
export interface Notice {
  readonly severity: Severity;
  readonly title: string;
  readonly lines: readonly string[];
  /** Which run says it, which of its alerts it is, and when: a call without an answer may have been delivered. */
  readonly signature: string;
}

/** What came back for one message. */
export type Delivery =
  /** `pauseMs`: the service wants nothing more for so long. */
  | { readonly type: "sent"; readonly pauseMs: Ms }
  /** Not taken now, and to be sent again after the pause. */
  | { readonly type: "later"; readonly pauseMs: Ms }
  /** Nobody knows, or the service is in trouble; may be tried again. */
  | { readonly type: "failed"; readonly reason: string }
  /** This message is never taken. */
  | { readonly type: "refused"; readonly reason: string }
  /** No message will be taken any more. */
  | { readonly type: "gone"; readonly reason: string };

/** One messenger. */
export interface AlertService {
  readonly name: string;
  /** Least time between two messages, and most messages in a minute. */
  readonly pace: { readonly gapMs: Ms; readonly perMinute: number };
  /** Whether these make one message. */
  fits(notices: readonly Notice[]): boolean;
  /** Never rejects but with the signal's reason. */
  send(notices: readonly Notice[], signal: AbortSignal): Promise<Delivery>;
}

/** The first line of a notice: what is critical says so. */
export function headOf({ severity, title }: Pick<Notice, "severity" | "title">): string {
  return severity === "info" ? title : `${severity.toUpperCase()} ${title}`;
}
