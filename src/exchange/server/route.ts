import type { AccountView } from "../trading/account-view.ts";
import type { ExchangeLedger } from "../trading/ledger.ts";
import type { Desk } from "../trading/types.ts";
import type { World } from "../world.ts";

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** What every handler may look at. */
export interface Call {
  readonly world: World;
  readonly nowMs: number;
  readonly query: URLSearchParams;
  /** Values of the path's `:name` parts. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: string;
  readonly desk: Desk;
  /** The account as REST reads show it, which is a little late. */
  readonly view: AccountView;
  readonly ledger: ExchangeLedger;
}

/**
 * What a key must be allowed to do; `public` needs none, but a signature that is there must be right. `balance` is a
 * read that a narrower scope allows too.
 */
export type Access = "public" | "read" | "balance" | "trade" | "transfer";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the API's prefix, with `:name` for a part that varies. */
  readonly path: string;
  readonly access: Access;
  /** Tokens this call costs; 10 when left out (kalshi.md §6). */
  readonly cost?: number;
  /** A batch: it costs that much for every entry of the `orders` in its body. */
  readonly isBatch?: true;
  readonly handle: (call: Call) => Reply;
}
