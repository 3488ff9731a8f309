import { type ErrorTable, entry } from "./error-entry.ts";

const CONNECTION = "check the connection, or try --sim";
const NEWER_VERSION = "the exchange changed its format; look for a newer version of kbt";

/** Everything on the other side of a socket: networks, credentials, refusals, orders. */
export const ERRORS_OF_THE_EXCHANGE: ErrorTable = {
  LIVE_REFUSED: entry(
    "risk",
    "kbt live was started with gates shut; the message names each.",
    "trade on paper meanwhile: kbt paper --sim",
  ),
  NOT_CONFIRMED: entry(
    "risk",
    "kbt live order shows its plan and places only what was confirmed by its digest.",
    "the same command with --confirm and the digest of the plan places exactly this plan",
  ),
  ORDER_DENIED: entry(
    "risk",
    "A limit or a gate stands against the order; the message names it.",
    "kbt doctor shows the limits; --max-cost is what the order may cost with its fee",
  ),
  DRILL_REFUSED: entry(
    "risk",
    "A drill places orders, which it does not do on the real exchange.",
    "KALSHI_ENV=demo with a key of the demo exchange, or --sim",
  ),
  LATCHED: entry(
    ["risk", "auth"],
    "Trading stopped itself, and stays stopped until somebody has looked (docs/safety.md).",
    "look at what happened, then kbt live reset LATCH --reason TEXT",
  ),
  LEDGER_DIFFERS: entry(
    "doubt",
    "What is on file of the same money, or the account beside it, does not agree.",
    "docs/ledger.md says what each comparison means and what to do",
  ),
  LOTS_DIFFER: entry(
    "doubt",
    "The exported lots are not the cash of the ledger.",
    "kbt ledger reconcile names where",
  ),
  LIST_CUT: entry(
    "data",
    "The account has more entries than are read at once; a part of them proves nothing.",
    "report it: kbt reads no more than 20,000 entries of a list",
  ),
  KEY_MISSING: entry(
    "auth",
    "What was asked for cannot be had from the exchange without a key.",
    "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH; what rests ends at its expiry",
    "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or risk.bankroll_from=config",
  ),
  KEY_UNREADABLE: entry(
    "auth",
    "The file is no private key in PEM (PKCS#1 or PKCS#8).",
    "point KALSHI_PRIVATE_KEY_PATH at the .key file as Kalshi let you download it",
  ),
  KEY_NOT_FOUND: entry(
    "auth",
    "The exchange does not know the key id.",
    "demo and production keys are not shared (KALSHI_ENV); check KALSHI_API_KEY_ID",
  ),
  INCORRECT_API_KEY_SIGNATURE: entry(
    "auth",
    "The signature is not one of this key.",
    "the private key does not belong to this key id",
  ),
  HEADER_TIMESTAMP_EXPIRED: entry(
    "auth",
    "The exchange finds the time of a request too far from its own.",
    "this computer's clock is more than 10 s off; set it by NTP",
  ),
  FORBIDDEN: entry(
    "auth",
    "The exchange refuses this to this account.",
    "the key lacks the scope, or the account may not use this feature",
  ),
  SOCKET_UNAUTHORIZED: entry(
    "auth",
    "The exchange refuses the WebSocket.",
    "the key may be revoked, of the other environment (KALSHI_ENV), or this clock more than 10 s off",
    "the exchange's socket needs a key: set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or try --sim",
  ),
  SOCKET_UNAUTHENTICATED: entry(
    "auth",
    "The exchange took the WebSocket and then did not know who it was from.",
    "check KALSHI_API_KEY_ID and the private key with kbt doctor",
  ),
  NETWORK_REFUSED: entry("network", "Nothing listens at that address.", CONNECTION),
  NETWORK_DNS: entry("network", "The name of the host is not known.", CONNECTION),
  NETWORK_TIMEOUT: entry("network", "The host did not answer in time.", CONNECTION),
  NETWORK_RESET: entry("network", "The connection was cut.", CONNECTION),
  NETWORK_UNREACHABLE: entry("network", "There is no way to the host.", CONNECTION),
  NETWORK_TOO_LARGE: entry("network", "The answer is larger than any should be.", CONNECTION),
  NETWORK_TLS: entry(
    "network",
    "The host's certificate is not accepted, as behind a proxy that reads along.",
    CONNECTION,
  ),
  NETWORK_FAILED: entry("network", "The exchange of words failed in another way.", CONNECTION),
  NETWORK_SOCKET: entry("network", "A WebSocket could not be opened in several tries.", CONNECTION),
  RATE_LIMITED: entry(
    "network",
    "More requests than the exchange, or kbt's own budget, allows.",
    "too many requests for this account or address; try again in a moment",
    "follow fewer markets",
  ),
  EXCHANGE_UNAVAILABLE: entry(
    "network",
    "The exchange answers that it cannot (408 or 5xx).",
    "the exchange is unavailable; try again, or try --sim",
  ),
  COINBASE_UNAVAILABLE: entry(
    "network",
    "Coinbase answers that it cannot (429 or 5xx).",
    "try again in a moment; trades that are missing are a gap row",
  ),
  COINBASE_REFUSED: entry(
    ["network", "protocol"],
    "Coinbase does not answer the question.",
    "check coinbase.product_id and coinbase.rest_url with kbt config show --origin",
  ),
  PAYLOAD_CHANGED: entry(
    "protocol",
    "A message has another shape than this version reads; nothing is traded on it.",
    NEWER_VERSION,
    "nothing is traded on them; the messages are in feed_drifts: update kbt, or report one of them",
  ),
  UNKNOWN_FEE_TYPE: entry(
    "protocol",
    "A series is charged in a way that this version does not know.",
    "leave the series out with --series, or update kbt",
  ),
  REDIRECT_REFUSED: entry(
    "protocol",
    "The host sends kbt elsewhere; a signature is never sent to another host.",
    "check kalshi.rest_url and kalshi.ws_url with kbt config show --origin",
  ),
  UNEXPECTED_STATUS: entry(
    "protocol",
    "An answer with a status below 200, or without a body that goes with it.",
    "look what stands between kbt and the exchange, such as a proxy",
  ),
  ORDER_REJECTED: entry(
    "venue",
    "The exchange refused the order; nothing was bought.",
    "the message holds its reason; kbt preview shows the market",
  ),
  NO_PRICE: entry(
    "data",
    "The market had no price that could be believed in time.",
    "kbt preview shows the market and its book",
  ),
  ORDERS_IN_DOUBT: entry(
    "doubt",
    "The run ended without the exchange's word that no order of it rests.",
    "kbt live cancel-all ends what rests; the next kbt live finds out what became of the others",
  ),
  ORDERS_REST: entry(
    "doubt",
    "kbt kill or live cancel-all could not read that nothing rests.",
    "run it again, or cancel on the exchange's site; orders of kbt end by themselves at their expiry",
  ),
};

/** Words of the exchange itself, which kbt passes on; it may have more than these. */
export const WORDS_OF_THE_EXCHANGE: ErrorTable = {
  INSUFFICIENT_BALANCE: entry(
    "venue",
    "The account's cash on this market's shard does not pay the order.",
    "kbt doctor shows cash by shard; lower risk.max_position_pct, or move money",
  ),
  INVALID_ORDER: entry(
    "venue",
    "The exchange refuses the order as it stands, such as a resting one that would cross.",
    "the book moved on; the next evaluation starts anew",
  ),
  INVALID_PRICE: entry(
    "venue",
    "The price is off the market's tick or out of its range.",
    NEWER_VERSION,
  ),
  INVALID_PARAMETERS: entry("venue", "A field of the request is not accepted.", NEWER_VERSION),
  FILL_OR_KILL_INSUFFICIENT_RESTING_VOLUME: entry(
    "venue",
    "An order that wanted all or nothing found less than all.",
    "the book moved on; the next evaluation starts anew",
  ),
  ORDER_ALREADY_EXISTS: entry(
    "venue",
    "The exchange already has an order of this client id.",
    "kbt asks what became of it by itself; kbt ledger orders shows it",
  ),
  TRADING_IS_PAUSED: entry(
    "venue",
    "The exchange, a shard or a market takes no orders now.",
    "wait: kbt does, and kbt doctor says whether it is over",
  ),
  MARKET_INACTIVE: entry("venue", "The market does not trade now.", "wait, or follow another"),
  MARKET_NOT_ACTIVE: entry("venue", "The market does not trade now.", "wait, or follow another"),
  MARKET_NOT_FOUND: entry("venue", "There is no such market.", "check the ticker"),
  NOT_FOUND: entry(
    "venue",
    "There is nothing of that name.",
    "check tickers and series; kbt preview shows what is open",
  ),
};
