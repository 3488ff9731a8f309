// Order groups (kalshi.md §2.10): a group belongs to one shard and one subaccount, and every request about it must say
// so; what is left out means 0.

import { isSubaccount } from "../trading/account.ts";
import {
  type DeskRefusal,
  type GroupRequest,
  isRefused,
  type OrderGroup,
} from "../trading/types.ts";
import {
  type BodyShape,
  decodeBody,
  integerField,
  invalidField,
  missing,
  refusedReply,
  textField,
} from "./decode-body.ts";
import { countText } from "./number-text.ts";
import { countOf } from "./order-body.ts";
import { failed, integerParam, isReply, ok } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";
import type { JsonRecord } from "./types.ts";

const GROUPS = "/portfolio/order_groups";
const LIMIT_MAX = 1_000_000;

const LIMIT: BodyShape = {
  name: "UpdateOrderGroupLimitRequest",
  fields: { contracts_limit: "int64", contracts_limit_fp: "string" },
};

const CREATE: BodyShape = {
  name: "CreateOrderGroupRequest",
  fields: {
    subaccount: "int",
    contracts_limit: "int64",
    contracts_limit_fp: "string",
    exchange_index: "int",
  },
};

export const GROUP_ROUTES: readonly Route[] = [
  { method: "POST", path: `${GROUPS}/create`, access: "trade", handle: createGroup },
  { method: "GET", path: GROUPS, access: "read", handle: listGroups },
  { method: "GET", path: `${GROUPS}/:group`, access: "read", handle: getGroup },
  {
    method: "DELETE",
    path: `${GROUPS}/:group`,
    access: "trade",
    handle: (call) => changed(call, (groupId) => call.desk.deleteGroup(groupId)),
  },
  {
    method: "PUT",
    path: `${GROUPS}/:group/reset`,
    access: "trade",
    handle: (call) => changed(call, (groupId) => call.desk.resetGroup(groupId)),
  },
  {
    method: "PUT",
    path: `${GROUPS}/:group/trigger`,
    access: "trade",
    handle: (call) => changed(call, (groupId) => call.desk.triggerGroup(groupId)),
  },
  { method: "PUT", path: `${GROUPS}/:group/limit`, access: "trade", handle: limitGroup },
];

function createGroup(call: Call): Reply {
  const body = decodeBody(call, CREATE);
  if (isReply(body)) return body;
  const request = groupRequest(body);
  if (isRefused(request)) return refusedReply(request);
  if (body["exchange_index"] === undefined) {
    call.ledger.violation("missing_shard", "create order group", call.nowMs);
  }
  const group = call.desk.createGroup(request);
  if (isRefused(group)) return refusedReply(group);
  const { exchangeIndex, groupId, subaccount } = group;
  const answer = { exchange_index: exchangeIndex, order_group_id: groupId, subaccount };
  return { status: 201, body: JSON.stringify(answer) };
}

function groupRequest(body: JsonRecord): GroupRequest | DeskRefusal {
  const limitCq = limitOf(body, CREATE);
  if (typeof limitCq !== "number") return limitCq;
  const subaccount = integerField(body, "subaccount") ?? 0;
  if (!isSubaccount(subaccount)) return invalidField(CREATE, "subaccount", "lte");
  const exchangeIndex = integerField(body, "exchange_index") ?? 0;
  if (exchangeIndex < 0) return invalidField(CREATE, "exchange_index", "gte");
  return { limitCq, subaccount, exchangeIndex };
}

/** A limit in whole contracts, given as integer or as text; given as both they must be the same. */
function limitOf(body: JsonRecord, shape: BodyShape): number | DeskRefusal {
  const whole = integerField(body, "contracts_limit");
  const text = textField(body, "contracts_limit_fp");
  if (whole === null && text === "") return missing(shape, ["contracts_limit"]);
  const fromWhole = whole === null ? null : whole * 100;
  const limitCq = text === "" ? (fromWhole ?? 0) : countOf(text);
  const isWhole = limitCq % 100 === 0 && (fromWhole === null || fromWhole === limitCq);
  if (!isWhole || limitCq < 100) return invalidField(shape, "contracts_limit", "gte");
  return limitCq > LIMIT_MAX * 100 ? invalidField(shape, "contracts_limit", "lte") : limitCq;
}

function limitGroup(call: Call): Reply {
  const body = decodeBody(call, LIMIT);
  if (isReply(body)) return body;
  const limitCq = limitOf(body, LIMIT);
  if (typeof limitCq !== "number") return refusedReply(limitCq);
  return changed(call, (groupId) => call.desk.limitGroup(groupId, limitCq));
}

/** Changes a group that is on the shard and in the subaccount that the request names; else there is none. */
function changed(call: Call, change: (groupId: string) => OrderGroup | DeskRefusal): Reply {
  const { desk, ledger, nowMs, params, query } = call;
  const subaccount = integerParam(query, "subaccount", "OrderGroup") ?? 0;
  if (isReply(subaccount)) return subaccount;
  const shard = integerParam(query, "exchange_index", "OrderGroup");
  if (isReply(shard)) return shard;
  const group = desk.groups().find(({ groupId }) => groupId === params["group"]);
  if (shard === undefined) ledger.violation("missing_shard", "order group", nowMs);
  if (group === undefined || group.subaccount !== subaccount) return failed(404, "not_found");
  if (group.exchangeIndex !== (shard ?? 0)) {
    ledger.violation("wrong_shard", `order group ${group.groupId}`, nowMs);
    return failed(404, "not_found");
  }
  const answer = change(group.groupId);
  return isRefused(answer) ? refusedReply(answer) : ok({});
}

function listGroups(call: Call): Reply {
  const groups = seen(call);
  if (isReply(groups)) return groups;
  const list = groups.map((group) => Object.assign({ id: group.groupId }, groupJson(group)));
  return ok({ order_groups: list });
}

function getGroup(call: Call): Reply {
  const groups = seen(call);
  if (isReply(groups)) return groups;
  const group = groups.find(({ groupId }) => groupId === call.params["group"]);
  if (group === undefined) return failed(404, "not_found");
  const orders = call.view
    .orders()
    .filter(({ groupId, status }) => groupId === group.groupId && status === "resting")
    .map(({ orderId }) => orderId);
  return ok({ ...groupJson(group), orders });
}

/** The groups that reads show by now, of one subaccount or of all. */
function seen(call: Call): readonly OrderGroup[] | Reply {
  const subaccount = integerParam(call.query, "subaccount", "GetOrderGroups");
  if (isReply(subaccount)) return subaccount;
  call.view.catchUp(call.nowMs);
  const groups = call.view.groups();
  return subaccount === undefined
    ? groups
    : groups.filter((group) => group.subaccount === subaccount);
}

// The demo exchange showed the flag true for a triggered group and false again after its reset.
function groupJson(group: OrderGroup): JsonRecord {
  return {
    ...(group.limitCq === null ? {} : { contracts_limit_fp: countText(group.limitCq) }),
    exchange_index: group.exchangeIndex,
    is_auto_cancel_enabled: group.isTriggered,
  };
}
