// Loaded before a program (`node --import`): says on stderr at its end what the process has used.
import { readFileSync } from "node:fs";

process.on("exit", () => {
  const { system, user } = process.cpuUsage();
  // Not `resourceUsage().maxRSS`: that begins with what the parent had when it started this process.
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  const used = { cpuS: (user + system) / 1e6, peakMb: Number(peak?.[1]) / 1024 };
  process.stderr.write(`${JSON.stringify(used)}\n`);
});
