import { expect, test } from "vitest";
import { silentRecorder } from "../../../src/app/backtest/silent-recorder.ts";
import { heard } from "../../../src/app/heard-recorder.ts";
import type { RiskRecord } from "../../../src/core/records.ts";
import type { Recorder } from "../../../src/ports.ts";

const row: RiskRecord = { atMs: 1, kind: "test", value: null, limitValue: null, reason: "" };

/** Says what it is told through a state of its own, as a recorder does that is a class. */
function noisy() {
  const said: string[] = [];
  const recorder: Recorder & { readonly said: string[] } = {
    ...silentRecorder(),
    said,
    event() {
      this.said.push("event on file");
    },
    risk() {
      this.said.push("risk on file");
    },
    together(rows) {
      rows();
      this.said.push("committed");
    },
  };
  return { recorder, said };
}

const event = { type: "heartbeat", recvMs: 1 } as unknown as Parameters<Recorder["event"]>[0];

test("each row is heard after it is on file, by all who listen to its kind", () => {
  const { recorder, said } = noisy();
  const deaf = heard(heard(recorder, {}), { order: () => void said.push("order") });
  const both = heard(heard(deaf, { risk: () => void said.push("risk 1") }), {
    said,
    event() {
      this.said.push("event heard");
    },
    risk: () => void said.push("risk 2"),
  } as Parameters<typeof heard>[1] & { said: string[] });
  both.event(event, null);
  both.risk(row);
  expect(said).toEqual(["event on file", "event heard", "risk on file", "risk 1", "risk 2"]);
});

test("of rows that are committed as one nothing is heard before all of them are on file", () => {
  const { recorder, said } = noisy();
  const ears = heard(recorder, { risk: () => void said.push("heard") });
  ears.together(() => {
    ears.risk(row);
    ears.risk(row);
  });
  expect(said).toEqual(["risk on file", "risk on file", "committed", "heard", "heard"]);
});
