// The whole path through the product itself.
import { factsOfKbt } from "../facts.ts";
import { servePath } from "../path-run.ts";
import { runKbt } from "../pipeline.ts";

const [tickers = ""] = process.argv.slice(2);

await servePath((run) => runKbt(run, tickers.split(",")), factsOfKbt);
