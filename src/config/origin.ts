import type { Key } from "./keys.ts";

/** Where a value came from. */
export interface Origin {
  readonly kind: "flag" | "environment" | "dotenv" | "file" | "default";
  /** The flag, the environment name, the file's path, or `default`. */
  readonly name: string;
  /** Other environment names that are set too and lost. */
  readonly ignored: readonly string[];
}

/** A value that some source gave to a key, not yet checked. */
export interface Given {
  readonly key: Key;
  readonly value: unknown;
  readonly origin: Origin;
}

/** An origin for people: `environment EV_MIN`. */
export function describeOrigin({ kind, name }: Origin): string {
  if (kind === "flag" || kind === "environment") return `${kind} ${name}`;
  return kind === "dotenv" ? `.env ${name}` : name;
}
