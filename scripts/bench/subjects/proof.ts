// The cluster bootstrap of `kbt calibrate` on rows of a file: differences first, then the settlement of each.
import { readFileSync } from "node:fs";
import { clusterBootstrap } from "../../../src/core/calibration/bootstrap.ts";
import { numberAt, textAt } from "../child.ts";
import { serve, timed } from "../serve.ts";

await serve(async (request) => {
  const bytes = readFileSync(textAt(request, "file"));
  const numbers = [...new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)];
  const d = numbers.slice(0, numbers.length / 2);
  const cluster = numbers.slice(numbers.length / 2);
  const input = { d, cluster, B: numberAt(request, "count"), seed: 1, alpha: 0.05 };
  let interval = clusterBootstrap({ ...input, B: 1 });
  const cost = await timed(() => {
    interval = clusterBootstrap(input);
  });
  return { ...cost, lower: interval?.lower, upper: interval?.upper };
});
