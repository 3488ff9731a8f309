import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult, LiveOptions } from "../context.ts";

interface Gate {
  readonly gate: string;
  readonly open: boolean;
  readonly need: string;
}

/** `kbt live`: refuses, and names every gate that is shut at once, so that nobody opens them one by one by trial. */
export async function live(ctx: CommandContext, options: LiveOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const gates = liveGates(config, options);
  const missing = gates.filter(({ open }) => !open);
  const text = await ctx.table({
    columns: [{ title: "gate" }, { title: "state" }, { title: "what opens it" }],
    rows: gates.map(({ gate, open, need }) => [gate, open ? "open" : "shut", open ? "" : need]),
  });
  return {
    exitCode: 3,
    data: { gates, missing: missing.map(({ gate }) => gate) },
    text,
    warnings: [],
    error: new KbtError({
      kind: "risk",
      code: "LIVE_REFUSED",
      message: `live refused; missing: ${missing.map(({ gate }) => gate).join(", ")}`,
      hint: "trade on paper meanwhile: kbt paper --sim",
    }),
  };
}

function liveGates(config: Config, options: LiveOptions): readonly Gate[] {
  const { api_key_id: keyId, private_key_path: keyPath } = config.kalshi;
  const confirmed = options.confirmLive ?? [];
  const unconfirmed = config.kalshi.series.filter((series) => !confirmed.includes(series));
  return [
    {
      gate: "trading_enabled",
      open: config.risk.trading_enabled,
      need: "TRADING_ENABLED set to exactly 1",
    },
    {
      gate: "credentials",
      open: options.sim !== null || (keyId !== null && keyPath !== null),
      need: "KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH",
    },
    {
      gate: "confirmation",
      open: unconfirmed.length === 0 || (options.yes && config.kalshi.env !== "prod"),
      need: `--confirm-live ${unconfirmed.join(",")}`,
    },
    // These have no way to open yet: the order path that they guard is not part of this version.
    { gate: "order_path", open: false, need: "a version with live orders; this one has none" },
    { gate: "reconcile", open: false, need: "a clean comparison with the exchange at start" },
    { gate: "drill", open: false, need: "a recent order, cancel and kill drill" },
    { gate: "edge", open: false, need: "a CONFIRMED verdict of kbt calibrate" },
  ];
}
