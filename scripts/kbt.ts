// Runs kbt from source: `npm run kbt -- paper --sim`.
import { main } from "../src/main.ts";

process.exitCode = await main(process.argv.slice(2));
