import { spawnSync } from "node:child_process";
import path from "node:path";
import { type Child, startChild } from "./child.ts";

const BOT = path.join(import.meta.dirname, "python-bot.py");
/** A version manager's Python comes first on the path, Debian's is the one that Debian's packages are for. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** The plain asyncio bot; null without a Python that has `websockets`. */
export function startPython(name: string, tickers: string): Child | null {
  const python = PYTHONS.find(
    (command) => spawnSync(command, ["-c", "import websockets"], { stdio: "ignore" }).status === 0,
  );
  return python === undefined ? null : startChild(name, python, [BOT, tickers]);
}
