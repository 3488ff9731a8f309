import { weeklyPause } from "../trading/weekly-pause.ts";
import { ok } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";
import { utcText } from "./time-text.ts";

export function exchangeRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/exchange/status", handle: (call) => getStatus(call, records) },
    { ...get, path: "/exchange/schedule", handle: (call) => getSchedule(call, records) },
    { ...get, path: "/exchange/user_data_timestamp", handle: getUserDataTimestamp },
    { ...get, path: "/incentive_programs", handle: listIncentives },
  ];
}

const SHARD_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "Default"],
  [1, "Combos"],
  [2, "Crypto"],
  [3, "Sports"],
]);

function getStatus(call: Call, records: Records): Reply {
  const shards = call.desk.shards().map((shard) => ({
    exchange_index: shard.exchangeIndex,
    description: SHARD_NAMES.get(shard.exchangeIndex) ?? "",
    exchange_active: shard.isExchangeActive,
    trading_active: shard.isTradingActive,
    intra_exchange_transfers_active: shard.isExchangeActive,
  }));
  // The flags outside the list are those of shard 0, whatever is true of the shard where crypto trades.
  const first = shards.find((shard) => shard.exchange_index === 0);
  const { statusCode, resumeMs } = records.notices;
  const body = {
    exchange_active: first?.exchange_active ?? true,
    trading_active: first?.trading_active ?? true,
    intra_exchange_transfers_active: first?.intra_exchange_transfers_active ?? true,
    ...(resumeMs === null ? {} : { exchange_estimated_resume_time: utcText(resumeMs) }),
    exchange_index_statuses: shards,
  };
  return { ...ok(body), status: statusCode };
}

const ALL_DAY = [{ open_time: "00:00", close_time: "00:00" }];
const AROUND_THE_PAUSE = [
  { open_time: "00:00", close_time: "03:00" },
  { open_time: "05:00", close_time: "00:00" },
];

function getSchedule(call: Call, records: Records): Reply {
  const windows = [weeklyPause(call.nowMs), ...records.notices.maintenance];
  return ok({
    schedule: {
      standard_hours: [
        {
          start_time: "2026-01-01T05:00:00Z",
          end_time: "2027-01-01T05:00:00Z",
          monday: ALL_DAY,
          tuesday: ALL_DAY,
          wednesday: ALL_DAY,
          thursday: AROUND_THE_PAUSE,
          friday: ALL_DAY,
          saturday: ALL_DAY,
          sunday: ALL_DAY,
        },
      ],
      maintenance_windows: windows
        .toSorted((a, b) => a.startMs - b.startMs)
        .map(({ startMs, endMs }) => ({
          start_datetime: utcText(startMs),
          end_datetime: utcText(endMs),
        })),
    },
  });
}

function getUserDataTimestamp(call: Call): Reply {
  return ok({ as_of_time: utcText(call.view.asOfMs(call.nowMs)) });
}

/** None are running here. Alone among the lists this one calls its cursor `next_cursor`. */
function listIncentives(): Reply {
  return ok({ incentive_programs: [], next_cursor: "" });
}
