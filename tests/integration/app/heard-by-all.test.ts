import { expect, test } from "vitest";
import { inEnvironment } from "../../../src/app/compose/open-environment.ts";
import { runTrading } from "../../../src/app/compose/paper.ts";
import { UNWATCHED } from "../../../src/app/compose/watch-run.ts";
import { heard } from "../../../src/app/heard-recorder.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { ledgerContext } from "../../support/ledger-context.ts";
import { tempDb } from "../sqlite/support.ts";

const SHORT = { strategies: [], seconds: null, windows: null, once: false } as const;

test("what a mode puts on file while it listens is heard by those who look from outside", async () => {
  const path = tempDb();
  const sim = { scenario: "quiet", seed: 1, speed: "max" } as const;
  const kinds: string[] = [];
  const { ctx } = ledgerContext(path, false);
  const config = { ...DEFAULTS, storage: { ...DEFAULTS.storage, db_path: path } };
  await inEnvironment(config, sim, (env) =>
    runTrading({
      ctx,
      config,
      env,
      mode: "paper",
      options: { ...SHORT, untilMs: env.clock.nowMs() + 1_000, sim },
      watch: {
        ...UNWATCHED,
        recorder: (recorder) => heard(recorder, { risk: ({ kind }) => void kinds.push(kind) }),
      },
      beside: (recorder) => {
        let isFirst = true;
        const event = ({ recvMs }: { readonly recvMs: number }): void => {
          if (isFirst) {
            const row = { value: 60, limitValue: null, reason: "losses in a row" };
            recorder.risk({ ...row, atMs: recvMs, kind: "loss_cooldown" });
          }
          isFirst = false;
        };
        return heard(recorder, { event });
      },
    }),
  );
  expect(kinds).toContain("loss_cooldown");
});
