// Brier score and log loss by time to close of the model, of the plain spot-at-expiry model and of the market, over every
// recording there is: `npm run measure:models -- [--data ../shared/data] [--json]`. What comes out is read in docs/models.md.

import path from "node:path";
import { parseArgs } from "node:util";
import { markdownOf } from "./models/print.ts";
import { measureModels } from "./models/report.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: path.resolve(import.meta.dirname, "../../../shared/data") },
    json: { type: "boolean", default: false },
  },
});

const report = measureModels(values.data);
process.stdout.write(values.json ? `${JSON.stringify(report, null, 1)}\n` : markdownOf(report));
