import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type TransferListItem, Worker } from "node:worker_threads";
import { packageRoot } from "./paths.ts";

/**
 * Starts a module of this program on a thread of its own: `name` is a file beside `base`, the URL of the asking module.
 * In the bundle that is a file of its own; from source it is TypeScript, which a thread of Node 20 cannot load until tsx
 * has been registered in it, whatever loads the main thread.
 */
export function startThread(
  name: string,
  base: string,
  { workerData, transferList }: { workerData: object; transferList: TransferListItem[] },
): Worker {
  // Flags of the main thread, `-e` among them, are not for this one.
  const options = { workerData, transferList, execArgv: [] };
  if (!base.endsWith(".ts")) return new Worker(new URL(`./${name}.js`, base), options);
  const tsx = pathToFileURL(join(packageRoot(), "node_modules/tsx/dist/esm/api/index.mjs")).href;
  const entry = new URL(`./${name}.ts`, base).href;
  const start = `import("${tsx}").then((tsx) => { tsx.register(); return import("${entry}"); });`;
  return new Worker(start, { ...options, eval: true });
}
