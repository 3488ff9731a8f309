import type { Reader } from "../../adapters/sqlite/open.ts";
import type { EvaluationFilter } from "../../adapters/sqlite/queries/evaluations.ts";
import {
  type OrderGroup,
  orderGroups,
  verdictGroups,
} from "../../adapters/sqlite/queries/funnel.ts";
import { funnelOf, type Passed, passed } from "../../core/funnel.ts";
import type { Action, Ms } from "../../core/units.ts";
import { type FunnelData, funnelData } from "../why-funnel.ts";

/** From evaluations through the gates to orders and fills. */
export function readFunnel(
  reader: Reader,
  filter: EvaluationFilter,
  range: { readonly since: Ms; readonly until: Ms | undefined },
): FunnelData {
  const groups = verdictGroups(reader, filter);
  const orders = orderGroups(reader, filter);
  return funnelData({
    range,
    funnel: funnelOf(groups),
    exits: passed(groups.filter((group) => group.isExit)),
    bought: ordersOf(orders, "buy"),
    sold: ordersOf(orders, "sell"),
  });
}

/** How many of those orders were sent, and how many of them filled at least in part. */
function ordersOf(
  groups: readonly OrderGroup[],
  action: Action,
): { readonly sent: Passed; readonly filled: Passed } {
  const sent = groups.filter((group) => group.action === action);
  const filled = sent.filter((group) => group.filled > 0);
  return {
    sent: passed(sent),
    filled: passed(filled.map((group) => ({ ...group, count: group.filled }))),
  };
}
