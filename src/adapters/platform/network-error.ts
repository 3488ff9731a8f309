import { KbtError } from "../../core/errors.ts";

const HINT = "check the connection, or try --sim";

const CODES: readonly (readonly [code: string, causes: readonly string[]])[] = [
  ["NETWORK_REFUSED", ["ECONNREFUSED"]],
  ["NETWORK_DNS", ["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_NONAME"]],
  [
    "NETWORK_TIMEOUT",
    [
      "ETIMEDOUT",
      "UND_ERR_CONNECT_TIMEOUT",
      "UND_ERR_HEADERS_TIMEOUT",
      "UND_ERR_BODY_TIMEOUT",
      "WS_HANDSHAKE_TIMEOUT",
    ],
  ],
  ["NETWORK_RESET", ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]],
  ["NETWORK_UNREACHABLE", ["EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"]],
  ["NETWORK_TOO_LARGE", ["TOO_LARGE", "UND_ERR_RES_EXCEEDED_MAX_SIZE"]],
];

/** A failed exchange as a `network` error that names the host and what went wrong with it. */
export function networkError(url: string, cause: unknown): KbtError {
  const found = causeCode(cause);
  const code = CODES.find(([, causes]) => causes.includes(found))?.[0] ?? otherCode(found);
  const host = hostOf(url);
  return new KbtError({
    kind: "network",
    code,
    message: `no answer from ${host}: ${messageOf(cause)}`,
    hint: HINT,
    details: { host, cause: found },
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** Host and port of a URL for messages; never the query, which may carry secrets. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an unreadable address";
}

function otherCode(found: string): string {
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(found) ? "NETWORK_TLS" : "NETWORK_FAILED";
}

/** Node wraps the failures of several addresses of one host in an AggregateError, whose first part names the reason. */
function causeCode(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "";
  if ("code" in cause && typeof cause.code === "string") return cause.code;
  if (cause instanceof AggregateError) return causeCode(cause.errors[0]);
  return cause instanceof Error ? causeCode(cause.cause) : "";
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return messageOf(cause.errors[0]);
  if (cause instanceof Error && cause.message !== "") return cause.message;
  if (typeof cause === "object" && cause !== null && "message" in cause)
    return String(cause.message);
  return String(cause);
}
