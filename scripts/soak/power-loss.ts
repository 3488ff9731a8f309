// Images of the order journal after a power cut (tests/support/orders/power-loss.ts). Prints the line that replays it.
//
//   npm run soak:power -- --images 20000 [--seed 1] [--folder /dev/shm]

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { losePower } from "../../tests/support/orders/power-loss.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    folder: { type: "string", default: "/dev/shm" },
  },
});
const folder = mkdtempSync(join(values.folder, "kbt-power-"));
const startedMs = Date.now();
try {
  const [seed, images] = [Number(values.seed), Number(values.images)];
  const { problems, torn } = losePower({ seed, images, folder });
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
  process.stdout.write(
    `npm run soak:power -- --images ${images} --seed ${seed}\n` +
      `${images} images in ${seconds} s, ${torn} without what was on its way, ${problems.length} problems\n`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
