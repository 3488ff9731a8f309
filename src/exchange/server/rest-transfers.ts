// Moving money between shards (kalshi.md §2.11): accepted at once, carried out a second later.

import { formatDecimal } from "../../core/units.ts";
import { isSubaccount } from "../trading/account.ts";
import type { Transfer, Transfers } from "../trading/transfers.ts";
import { type CashPlace, type DeskRefusal, isRefused } from "../trading/types.ts";
import {
  type BodyShape,
  decodeBody,
  integerField,
  invalidField,
  missingFields,
  refusedReply,
  textField,
} from "./decode-body.ts";
import { failed, isReply, ok, pageOf } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";
import type { JsonRecord } from "./types.ts";

const TRANSFER: BodyShape = {
  name: "IntraExchangeInstanceTransferRequest",
  fields: {
    source: "string",
    destination: "string",
    amount: "int64",
    source_exchange_shard: "int",
    destination_exchange_shard: "int",
    source_subaccount: "int",
    destination_subaccount: "int",
  },
  required: ["source", "destination", "amount"],
};

const INSTANCE = "event_contract";
const PATH = "/portfolio/intra_exchange_instance_transfer";
const ALLOCATION = "/portfolio/target_balance_allocation";

export function transferRoutes(transfers: Transfers): readonly Route[] {
  return [
    {
      method: "POST",
      path: PATH,
      access: "transfer",
      handle: (call) => startTransfer(call, transfers),
    },
    {
      method: "GET",
      path: `${PATH}s`,
      access: "read",
      handle: (call) => listTransfers(call, transfers),
    },
    {
      method: "GET",
      path: `${PATH}s/:transfer`,
      access: "read",
      handle: ({ params }) => {
        const transfer = transfers.get(params["transfer"] ?? "");
        if (transfer === undefined) return failed(404, "not_found");
        return ok({ transfer: transferJson(transfer) });
      },
    },
    {
      method: "GET",
      path: ALLOCATION,
      access: "read",
      handle: () => ok({ allocations: [], resting_margin_reservation: "sum" }),
    },
    // Not every account may have its money moved by itself; this one may not.
    { method: "PUT", path: ALLOCATION, access: "transfer", handle: () => failed(403, "forbidden") },
  ];
}

function startTransfer(call: Call, transfers: Transfers): Reply {
  const body = decodeBody(call, TRANSFER);
  if (isReply(body)) return body;
  const order = transferOf(call, body);
  if (isRefused(order)) return refusedReply(order);
  const transfer = transfers.start(order.from, order.to, order.amountUd, call.nowMs);
  if (transfer === null) return failed(400, "insufficient_balance");
  return ok({ transfer_id: transfer.transferId });
}

function transferOf(
  call: Call,
  body: JsonRecord,
): Pick<Transfer, "from" | "to" | "amountUd"> | DeskRefusal {
  const lacking = missingFields(body, TRANSFER);
  if (lacking !== null) return lacking;
  // The other instance is margin trading, which this account does not have.
  const other = ["source", "destination"].find((key) => textField(body, key) !== INSTANCE);
  if (other !== undefined) return invalidField(TRANSFER, other, "oneof");
  const centicents = integerField(body, "amount") ?? 0;
  if (centicents <= 0) return invalidField(TRANSFER, "amount", "gt");
  const from = placeOf(body, "source");
  const to = placeOf(body, "destination");
  const odd = [from, to].find(
    ({ exchangeIndex, subaccount }) =>
      !isSubaccount(subaccount) ||
      !call.desk.shards().some((shard) => shard.exchangeIndex === exchangeIndex),
  );
  if (odd !== undefined) return invalidField(TRANSFER, "source_exchange_shard", "oneof");
  const isSame = from.exchangeIndex === to.exchangeIndex && from.subaccount === to.subaccount;
  if (isSame) return invalidField(TRANSFER, "destination_exchange_shard", "nefield");
  return { from, to, amountUd: centicents * 100 };
}

function placeOf(body: JsonRecord, end: "source" | "destination"): CashPlace {
  return {
    exchangeIndex: integerField(body, `${end}_exchange_shard`) ?? 0,
    subaccount: integerField(body, `${end}_subaccount`) ?? 0,
  };
}

function listTransfers(call: Call, transfers: Transfers): Reply {
  const rule = { operation: "GetTransfers", defaultLimit: 100, maxLimit: 500 };
  const page = pageOf(transfers.list(), ({ transferId }) => transferId, call.query, rule);
  if (isReply(page)) return page;
  const list = page.items.map(transferJson);
  return ok(page.cursor === "" ? { transfers: list } : { cursor: page.cursor, transfers: list });
}

function transferJson(transfer: Transfer): JsonRecord {
  return {
    amount: formatDecimal(Math.trunc(transfer.amountUd / 100), 4),
    created_ts: Math.floor(transfer.createdMs / 1000),
    destination: INSTANCE,
    destination_exchange_shard: transfer.to.exchangeIndex,
    source: INSTANCE,
    source_exchange_shard: transfer.from.exchangeIndex,
    status: transfer.isComplete ? "complete" : "pending",
    transfer_id: transfer.transferId,
  };
}
