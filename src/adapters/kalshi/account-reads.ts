import { type Money, parseMoney } from "../../core/units.ts";
import type { Get } from "./get.ts";
import { check, payloadChanged, top } from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

/** What the exchange says of our own account; needs a key. */
export interface AccountReads {
  /** Cash on one shard, whose orders no other shard's cash pays for (kalshi.md §2.8); 0 where there is none. */
  balance(exchangeIndex: number, signal: AbortSignal): Promise<Money>;
}

export function accountReads(get: Get): AccountReads {
  return {
    async balance(exchangeIndex, signal) {
      const path = "/portfolio/balance";
      const query = { exchange_index: exchangeIndex };
      const body = check(schemas.balance, await get(path, query, signal), top(path));
      // Without the list the answer is the total of what was asked for, which is this shard.
      const list = body.balance_breakdown ?? [{ ...query, balance: body.balance_dollars }];
      const shard = list.find((one) => one.exchange_index === exchangeIndex);
      const cash = parseMoney(shard?.balance ?? "0");
      if (cash === undefined) {
        throw payloadChanged(top(path), "balance_breakdown", "holds an unreadable amount");
      }
      return cash;
    },
  };
}
