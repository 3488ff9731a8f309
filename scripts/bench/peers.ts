import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./bundle.ts";
import { type Child, startNode } from "./child.ts";

const PEERS = path.join(ROOT, "scripts/peers");

/** A program of scripts/peers; none when its package is not installed (`npm ci --prefix scripts/peers`). */
export function startPeers(
  programs: readonly (readonly [name: string, dependency: string, file: string])[],
): Child[] {
  return programs
    .filter(([, dependency]) => existsSync(path.join(PEERS, "node_modules", dependency)))
    .map(([name, , file]) => startNode(name, path.join(PEERS, "bench", file), []));
}
