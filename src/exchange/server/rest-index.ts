import { indexText } from "./number-text.ts";
import { badParameter, failed, ok } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";
import { utcText } from "./time-text.ts";

/** Published values of the settlement indices, passed on from CF Benchmarks in its own words. */
export function indexRoutes(records: Records): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/cfbenchmarks/values",
      access: "read",
      cost: 50,
      handle: (call) => getValues(call, records),
    },
  ];
}

function getValues(call: Call, records: Records): Reply {
  const id = call.query.get("id") ?? "";
  if (id === "") return badParameter("GetCFBenchmarksValues", "Id", "required");
  if (!call.world.indexIds().includes(id)) return failed(404, "not_found");
  const values = records.indices.values(id) ?? [];
  return ok({
    serverTime: utcText(call.nowMs),
    payload: values.map(({ atMs, value }) => ({ time: atMs, value: indexText(value) })),
  });
}
