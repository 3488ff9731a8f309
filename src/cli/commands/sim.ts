import { Command } from "commander";
import type { SimServerOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { integer, SCENARIOS, scenario, speed } from "../options.ts";

interface Flags extends GlobalFlags {
  readonly scenario?: string;
  readonly seed?: number;
  readonly speed?: number;
  readonly port?: number;
  readonly replay?: string;
  readonly key?: string;
  readonly faults?: string;
}

const CONTROL_HELP = `
Control, with SIM_URL set to the address printed at the start:
  curl $SIM_URL/state    # time, shards, frames sent, frames struck by faults
  curl $SIM_URL/ledger   # orders, fills, cash, refused requests, broken rules
  curl $SIM_URL/markets  # every market with its status
  curl $SIM_URL/faults   # rules in effect, every fault with its parameters
  curl $SIM_URL/faults -d '{"fault":"http_status","when":{"nth":3},
    "match":{"method":"POST"},"params":{"status":503,"after":true}}'
  curl $SIM_URL/faults -d '{"fault":"half_open","match":{"venue":"kalshi"}}'
  curl $SIM_URL/faults -d '[{"fault":"frame_dropped",
    "match":{"channel":"orderbook_delta"},"when":{"probability":0.001}}]'
  curl -X DELETE $SIM_URL/faults/1      # one rule; without /1 all of them
  curl $SIM_URL/shards/2 -d '{"trading":false}'
  curl $SIM_URL/keys/revoke -d '{"close_sockets":true}'
  curl $SIM_URL/markets/TICKER/deactivate -d ''      # or activate
  curl $SIM_URL/markets/TICKER/close -d '{"in_ms":5000}'
  curl $SIM_URL/markets/TICKER/structure -d '{"structure":"deci_cent"}'
  curl $SIM_URL/markets/TICKER/settlement -d '{"by_ms":60000}'
  curl $SIM_URL/markets/TICKER/result -d '{"payout_cc":5000}'
  curl $SIM_URL/markets/TICKER/amend -d '{"payout_cc":0}'
  curl $SIM_URL/fees/series/SERIES -d '{"fee_multiplier":2,"in_ms":60000}'
  curl $SIM_URL/fees/events/EVENT -d '{"fee_multiplier":0.5,"in_ms":0}'
  curl $SIM_URL/fees/markets/TICKER -d '{"waived_ms":60000}'

A rule has a fault, and may have match (venue, method, path, cmd, channel,
type, ticker, sid, connection; * stands for anything), when (nth, every,
probability, times, afterMs, untilMs, everyMs) and params.
`;

export function simCommand(deps: CommandDeps): Command {
  const command = new Command("sim")
    .description("Serve the local exchange on this machine until a signal.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt sim --scenario fair --seed 7
  $ kbt sim --json --port 8443 --scenario chaos
`,
    )
    .addHelpText("after", CONTROL_HELP)
    .option("--scenario <name>", `${SCENARIOS.join(", ")} or replay:PATH (default edge)`, scenario)
    .option("--seed <n>", "seed (default 1)", integer(0, 4_294_967_295))
    .option("--speed <x>", "exchange seconds per second (default 1)", speed)
    .option("--port <n>", "port; 0 lets the system choose (default 0)", integer(0, 65_535))
    .option("--replay <path>", "serve this recording; the same as --scenario replay:PATH")
    .option("--key <file>", "private key of the account (default: a fresh one)")
    .option("--faults <file>", "JSON list of fault rules in effect from the start");
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    if (flags.replay !== undefined && flags.scenario !== undefined) {
      command.error("error: option '--replay' cannot be used with option '--scenario'", {
        code: "commander.conflictingOption",
      });
    }
    return deps.run({
      command: "sim",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runSim } = await import("../../app/commands.ts");
        return runSim(ctx, optionsOf(flags));
      },
    });
  });
}

function optionsOf(flags: Flags): SimServerOptions {
  return {
    scenario: flags.replay === undefined ? (flags.scenario ?? "edge") : `replay:${flags.replay}`,
    seed: flags.seed ?? 1,
    speed: flags.speed ?? 1,
    port: flags.port ?? 0,
    keyPath: flags.key ?? null,
    faultsPath: flags.faults ?? null,
  };
}
