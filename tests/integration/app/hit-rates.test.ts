import { expect, test } from "vitest";
import { hitRates } from "../../../src/app/compose/hit-rates.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { aRecorder, tempDb } from "../sqlite/support.ts";

test("a series of which nothing was seen is read once, however often it is asked about", async () => {
  const path = tempDb();
  await aRecorder(path).close(0);
  const env = await openLocalExchange({ scenario: "edge", seed: 1, speed: "max" });
  try {
    let reads = 0;
    const storage = {
      ...DEFAULTS.storage,
      get db_path() {
        reads++;
        return path;
      },
    };
    const rate = hitRates({ ...DEFAULTS, storage }, env);
    expect([rate("farthest-band", "KXBTCD"), rate("farthest-band", "KXBTCD")]).toEqual([
      null,
      null,
    ]);
    expect(reads).toBe(1);
    expect(rate("threshold-ev", "KXBTCD")).toBeNull();
  } finally {
    await env.close();
  }
});
