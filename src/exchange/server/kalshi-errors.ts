// Error frames (kalshi.md §3.2). Codes 6, 16 and 17 are retired, so an unknown market is acknowledged and stays silent;
// 19–23 and 28 belong to channels that are not simulated (communications, multivariate, pyth_value).

const TEXTS = {
  1: "Unable to process message",
  2: "Params required",
  3: "Channels required",
  4: "Subscription IDs required",
  5: "Unknown command",
  7: "Unknown subscription ID",
  8: "Unknown channel name",
  9: "Authentication required",
  10: "Channel error",
  11: "Invalid parameter",
  12: "Exactly one subscription ID is required",
  13: "Unsupported action",
  14: "Market Ticker required",
  15: "Action required",
  18: "Command timeout",
  24: "Index IDs required",
  25: "Subscription buffer overflow",
  26: "Subscription market limit exceeded",
  27: "Too many requests",
} as const;

export type ErrorCode = keyof typeof TEXTS;

/** Codes that are not the client's fault. */
const EXCHANGE_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([10, 18]);

function isKnown(code: number): code is ErrorCode {
  return Object.hasOwn(TEXTS, code);
}

/** Faults may send codes that the exchange no longer does. */
export function errorText(code: number): string {
  return isKnown(code) ? TEXTS[code] : "Internal error";
}

export function isClientFault(code: ErrorCode): boolean {
  return !EXCHANGE_FAULTS.has(code);
}
