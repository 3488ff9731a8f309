import type { FaultName } from "./fault-table.ts";

interface CatalogueRow {
  /** Faults that inject the row; some need others beside them. */
  readonly faults: readonly FaultName[];
  /** What of the row takes no fault, or cannot be injected by an exchange. */
  readonly note?: string;
}

/**
 * The fault catalogue of reliability.md part 2, row by row: which faults here inject it. Rows X1 and S1 to S3 happen in
 * the client's own process and are not the exchange's to inject.
 */
export const CATALOGUE: Readonly<Record<string, CatalogueRow>> = {
  W1: {
    faults: ["connection_closed", "connection_reset", "listener_down"],
    note: "a failing TLS handshake is a listener that answers with garbage; close code 1006 is an end without a frame",
  },
  W2: { faults: ["half_open"] },
  W3: { faults: ["muted"] },
  W4: { faults: ["link_slow", "frame_delayed"] },
  W5: { faults: ["frame_dropped", "frame_repeated", "frame_reordered", "seq_reset"] },
  W6: {
    faults: ["frame_dropped", "frame_reordered", "frame_repeated", "frame_corrupted"],
    note: "with match.type orderbook_snapshot: missing, late or after deltas, twice, of an unknown market",
  },
  W7: { faults: ["frame_corrupted"] },
  W8: {
    faults: ["frame_corrupted"],
    note: "no compression bomb: this exchange offers no compression",
  },
  W9: { faults: ["frame_corrupted", "frame_injected"] },
  W10: {
    faults: [
      "command_refused",
      "command_lost",
      "command_late",
      "command_interleaved",
      "channel_error",
    ],
  },
  W11: { faults: ["upgrade_refused", "key_revoked", "http_status"] },
  W12: {
    faults: ["link_slow"],
    note: "a slow link fills the exchange's buffer, and a full one ends the subscription with error 25",
  },
  W13: {
    faults: ["market_deactivated", "market_close_moved", "market_structure"],
  },
  R1: { faults: ["http_status"] },
  R2: { faults: ["http_status"] },
  R3: { faults: ["http_status"], note: "with params.after" },
  R4: {
    faults: ["listener_down"],
    note: "a name that does not resolve is the client's own network",
  },
  R5: { faults: ["http_lost", "http_body", "http_delayed"] },
  R6: { faults: ["http_body", "http_field"] },
  R7: {
    faults: ["http_status", "http_lost"],
    note: "the exchange itself refuses a repeated id; its reads lag as long as readLag says",
  },
  R8: { faults: ["http_status", "shard_paused", "market_deactivated"] },
  R9: {
    faults: ["http_status"],
    note: "off-tick, size and post-only crosses the exchange refuses by itself",
  },
  R10: {
    faults: ["http_delayed", "frame_delayed", "http_status"],
    note: "partial fills and fills against a cancel are the market's own doing",
  },
  R11: {
    faults: ["frame_dropped", "list_changed", "frame_repeated"],
    note: "twin fills: two equal orders of others against one of the client's",
  },
  R12: {
    faults: ["shard_paused"],
    note: "wrong-shard cancels, groups and balances the exchange refuses by itself",
  },
  R13: {
    faults: ["http_status", "http_field"],
    note: "status 204 without carrying it out; that cancel-all also takes the orders of the next minute is its rule",
  },
  R14: { faults: ["list_changed"] },
  R15: {
    faults: ["http_redirect", "upgrade_refused"],
    note: "a request to another host name is written down as a broken rule",
  },
  R16: { faults: ["read_changed"] },
  X2: { faults: ["spot_trouble", "muted"] },
  X3: {
    faults: ["shard_paused"],
    note: "the Thursday pause is the exchange's own; a longer one is a pause at its end",
  },
  X4: {
    faults: [
      "market_close_moved",
      "settlement_late",
      "result_forced",
      "result_amended",
      "list_changed",
    ],
  },
  X5: { faults: ["market_structure"] },
  X6: {
    faults: ["http_field"],
    note: "hundredths of a contract and six-decimal fees are everyday here; -0.00 is a field of an answer",
  },
  S4: {
    faults: [
      "link_slow",
      "http_delayed",
      "http_dripped",
      "http_lost",
      "connection_reset",
      "frame_corrupted",
      "spot_trouble",
    ],
    note: "a slicer cuts spot frames (frames_split) and bodies (http_dripped)",
  },
};
