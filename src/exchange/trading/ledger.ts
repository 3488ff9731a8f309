// The exchange's own books about its clients: what it refused and which rules they broke. Tests judge a client by this,
// never by what the client believes about itself.

import type { AccountEvent } from "./types.ts";

/** A rule a client broke, whether or not the request was refused for it. */
export type Rule =
  | "bad_signature"
  | "stale_timestamp"
  | "unsigned"
  | "unknown_key"
  | "missing_scope"
  | "over_rate_limit"
  | "malformed_body"
  | "unknown_field"
  | "number_instead_of_string"
  | "off_tick_price"
  | "bad_count"
  | "repeated_client_order_id"
  | "missing_client_order_id"
  | "missing_expiry"
  | "expiry_in_the_past"
  | "expiry_in_ms"
  | "missing_order_group"
  | "missing_shard"
  | "wrong_shard"
  | "self_cross"
  | "order_after_close"
  | "order_during_pause"
  | "legacy_endpoint"
  | "wrong_host"
  | "bad_command"
  | "slow_consumer";

export interface Violation {
  readonly rule: Rule;
  /** What exactly, in words for a person. */
  readonly detail: string;
  readonly atMs: number;
}

export interface RefusedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code: string;
  readonly atMs: number;
}

/** Entries kept of each kind; the counts go on. */
const KEPT = 10_000;

export class ExchangeLedger {
  readonly #violations: Violation[] = [];
  readonly #refused: RefusedRequest[] = [];
  readonly #counts = new Map<Rule, number>();
  #requests = 0;

  violation(rule: Rule, detail: string, atMs: number): void {
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
    if (this.#violations.length < KEPT) this.#violations.push({ rule, detail, atMs });
  }

  request(): void {
    this.#requests++;
  }

  /** Notes what only shows in what happened to the account: an order of the client met another of its own. */
  observe(event: AccountEvent): void {
    if (event.type !== "order" || event.order.reason !== "SelfTradeCancel") return;
    this.violation("self_cross", `order ${event.order.orderId}`, event.atMs);
  }

  refused(request: RefusedRequest): void {
    if (this.#refused.length < KEPT) this.#refused.push(request);
  }

  violations(): readonly Violation[] {
    return this.#violations;
  }

  violationCounts(): ReadonlyMap<Rule, number> {
    return this.#counts;
  }

  refusedRequests(): readonly RefusedRequest[] {
    return this.#refused;
  }

  get requestCount(): number {
    return this.#requests;
  }
}
