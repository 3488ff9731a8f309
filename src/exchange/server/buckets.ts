// Rate limits (kalshi.md §6): token buckets that fill with the exchange's clock, reads and writes apart.

import { parseRecord } from "./types.ts";

export type Tier = "basic" | "advanced" | "expert" | "premier" | "paragon" | "prime" | "prestige";

export interface BucketSize {
  /** Tokens per second. */
  readonly refill: number;
  /** Tokens a full bucket holds; a request that costs more can never succeed. */
  readonly capacity: number;
}

interface TierSize {
  readonly read: BucketSize;
  readonly write: BucketSize;
}

export interface LimitOptions {
  /** Default basic. */
  readonly tier?: Tier;
  /** Sizes other than the tier's. */
  readonly read?: BucketSize;
  readonly write?: BucketSize;
  /** Of every address that calls without a key. */
  readonly unsigned?: BucketSize;
}

/** A request as the buckets see it. */
export interface Charge {
  readonly tokens: number;
  readonly isWrite: boolean;
  /** The shard a single order write names, which pays from a bucket of its own from shard 1 on. */
  readonly shard: number | null;
  /** The caller's address when the request is unsigned. */
  readonly address: string | null;
}

/** Recorded for basic; above it a bucket holds three seconds since September 24. */
const TIERS: Readonly<Record<Tier, TierSize>> = {
  basic: { read: { refill: 200, capacity: 200 }, write: { refill: 100, capacity: 100 } },
  advanced: threeSeconds(300, 300),
  expert: threeSeconds(600, 600),
  premier: threeSeconds(1200, 1200),
  paragon: threeSeconds(2400, 2400),
  prime: threeSeconds(4800, 4800),
  prestige: threeSeconds(7200, 9600),
};

/** Unsigned callers share a tight budget per address; its size is not published. */
const UNSIGNED: BucketSize = { refill: 100, capacity: 100 };
/** Addresses remembered; one that was forgotten starts with a full bucket. */
const ADDRESSES_MAX = 1000;

function threeSeconds(read: number, write: number): TierSize {
  return {
    read: { refill: read, capacity: 3 * read },
    write: { refill: write, capacity: 3 * write },
  };
}

/** Counts in thousandths of a token, so that a millisecond of refill is a whole number. */
class Bucket {
  #size: BucketSize;
  #milliTokens: number;
  #atMs: number;

  constructor(size: BucketSize, nowMs: number) {
    this.#size = size;
    this.#milliTokens = size.capacity * 1000;
    this.#atMs = nowMs;
  }

  take(tokens: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (tokens * 1000 > this.#milliTokens) return false;
    this.#milliTokens -= tokens * 1000;
    return true;
  }

  resize(size: BucketSize, nowMs: number): void {
    this.#fill(nowMs);
    this.#size = size;
  }

  #fill(nowMs: number): void {
    const { refill, capacity } = this.#size;
    const gained = Math.max(0, nowMs - this.#atMs) * refill;
    this.#milliTokens = Math.min(capacity * 1000, this.#milliTokens + gained);
    this.#atMs = nowMs;
  }
}

/** The budgets of the account and of every address that calls without a key. */
export class RateLimits {
  readonly #options: LimitOptions;
  readonly #account = new Map<string, Bucket>();
  readonly #unsigned = new Map<string, Bucket>();
  #tier: Tier;
  #isPromoted = false;

  constructor(options: LimitOptions = {}) {
    this.#options = options;
    this.#tier = options.tier ?? "basic";
  }

  get tier(): Tier {
    return this.#tier;
  }

  /** True once the account was lifted to a tier it did not begin with. */
  get isPromoted(): boolean {
    return this.#isPromoted;
  }

  get read(): BucketSize {
    return this.#options.read ?? TIERS[this.#tier].read;
  }

  get write(): BucketSize {
    return this.#options.write ?? TIERS[this.#tier].write;
  }

  /** False when the bucket does not hold enough; then nothing is taken. */
  take(charge: Charge, nowMs: number): boolean {
    return this.#bucketOf(charge, nowMs).take(charge.tokens, nowMs);
  }

  promote(tier: Tier, nowMs: number): void {
    this.#tier = tier;
    this.#isPromoted = true;
    for (const [name, bucket] of this.#account) {
      bucket.resize(name === "read" ? this.read : this.write, nowMs);
    }
  }

  #bucketOf(charge: Charge, nowMs: number): Bucket {
    if (charge.address !== null) return this.#unsignedBucket(charge.address, nowMs);
    const shard = charge.shard !== null && charge.shard >= 1 ? ` ${charge.shard}` : "";
    const name = charge.isWrite ? `write${shard}` : "read";
    const known = this.#account.get(name);
    if (known !== undefined) return known;
    const fresh = new Bucket(charge.isWrite ? this.write : this.read, nowMs);
    this.#account.set(name, fresh);
    return fresh;
  }

  #unsignedBucket(address: string, nowMs: number): Bucket {
    const known = this.#unsigned.get(address);
    if (known !== undefined) return known;
    if (this.#unsigned.size >= ADDRESSES_MAX) this.#unsigned.clear();
    const fresh = new Bucket(this.#options.unsigned ?? UNSIGNED, nowMs);
    this.#unsigned.set(address, fresh);
    return fresh;
  }
}

/** Entries of the `orders` in a batch's body; 1 when there is no such list, so that nonsense is not free. */
export function batchSize(body: string): number {
  const orders = parseRecord(body)?.["orders"];
  return Array.isArray(orders) && orders.length > 0 ? orders.length : 1;
}

/** The shard an order write names, in its query or its body; null when it leaves the routing to the exchange. */
export function namedShard(query: URLSearchParams, body: string): number | null {
  const value = query.get("exchange_index") ?? parseRecord(body)?.["exchange_index"];
  const shard = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof shard === "number" && Number.isInteger(shard) ? shard : null;
}
