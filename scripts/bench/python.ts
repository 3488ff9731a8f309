import { spawnSync } from "node:child_process";
import path from "node:path";
import { type Child, startChild } from "./child.ts";

const BOT = path.join(import.meta.dirname, "python-bot.py");
const BOOTSTRAP = path.join(import.meta.dirname, "bootstrap-numpy.py");
/** A version manager's Python comes first on the path, Debian's is the one that Debian's packages are for. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** The plain asyncio bot; null without a Python that has `websockets`. */
export function startPython(name: string, tickers: string): Child | null {
  const python = pythonWith("websockets");
  return python === undefined ? null : startChild(name, python, [BOT, tickers]);
}

/** The bootstrap; null without a Python that has `numpy`. */
export function startNumpy(name: string): Child | null {
  const python = pythonWith("numpy");
  return python === undefined ? null : startChild(name, python, [BOOTSTRAP]);
}

function pythonWith(module: string): string | undefined {
  return PYTHONS.find(
    (command) => spawnSync(command, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0,
  );
}
