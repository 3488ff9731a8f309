// The whole path as fast as it can be written by hand, to see what the product's structure costs.
import { factsOfPacks } from "../limit/packs.ts";
import { runLimit } from "../limit/pipeline.ts";
import { servePath } from "../path-run.ts";

const [tickers = ""] = process.argv.slice(2);

await servePath((run) => runLimit(run, tickers.split(",")), factsOfPacks);
