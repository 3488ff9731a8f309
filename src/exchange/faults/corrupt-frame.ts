import { Buffer } from "node:buffer";
import type { Rng } from "../random.ts";
import type { ParamsOf } from "./fault-table.ts";

type How = ParamsOf<"frame_corrupted">["how"];

const OVERSIZE_BYTES = 8 * 1024 * 1024;
const DEPTH = 50_000;
const GARBAGE_BYTES = 64;

/** A frame as it is after something happened to it; bytes go out as a binary frame. Never the frame itself. */
export function corruptFrame(text: string, how: How, rng: Rng): string | Buffer {
  const changed = CORRUPT[how](text, rng);
  // What does not apply to this frame still has to break it.
  return changed === text ? CORRUPT.truncated(text, rng) : changed;
}

const CORRUPT: Readonly<Record<How, (text: string, rng: Rng) => string | Buffer>> = {
  truncated: (text) => text.slice(0, Math.floor(text.length / 2)),
  garbage: (_text, rng) => garbage(rng).toString("latin1"),
  binary: (_text, rng) => garbage(rng),
  empty: () => "",
  not_an_object: (text) => `[${text.trimEnd()}]`,
  oversize: (text) => text.replace("{", `{"pad":"${"x".repeat(OVERSIZE_BYTES)}",`),
  deep: (text) => text.replace("{", `{"deep":${"[".repeat(DEPTH)}${"]".repeat(DEPTH)},`),
  // The later of two equal keys counts for most parsers; the false one comes first.
  duplicate_keys: (text) => text.replace(/"price_dollars"|"seq"/, '$&:"0.0001",$&'),
  wrong_types: (text) => text.replaceAll(/"(-?\d+\.\d+)"/g, "$1"),
  unknown_type: (text) => text.replace(/"type"\s*:\s*"([^"]*)"/, '"type":"$1_v9"'),
  renamed_type: (text) => text.replace(/"type"\s*:\s*"([^"]*)"/, '"type":"$1s"'),
  renamed_field: (text) => text.replace(FIRST_FIELD, '"renamed_$1":'),
  missing_field: (text) => text.replace(/"(?:price_dollars|delta_fp|market_ticker)":"[^"]*",/, ""),
  unknown_market: (text) =>
    text.replace(/"market_ticker":"[^"]*"/, '"market_ticker":"KXNONE-26JAN0100-00"'),
  bad_side: (text) => text.replace(/"side":"(?:yes|no)"/, '"side":"maybe"'),
  price_zero: (text) => withPrice(text, "0.0000"),
  price_one: (text) => withPrice(text, "1.0000"),
  negative_size: (text) =>
    text
      .replace(/"delta_fp":"[^"]*"/, '"delta_fp":"-99999999.00"')
      .replace(/(\["0\.\d+",")(\d)/, "$1-$2"),
  crossed: (text) => withPrice(text, "0.9990").replace(/"delta_fp":"-/, '"delta_fp":"'),
};

const FIRST_FIELD = /"(price_dollars|yes_dollars_fp|no_dollars_fp|data|market_ticker)":/;

function withPrice(text: string, price: string): string {
  return text
    .replace(/"((?:yes_)?price_dollars)":"[^"]*"/, `"$1":"${price}"`)
    .replace(/\["0\.\d+"/, `["${price}"`);
}

function garbage(rng: Rng): Buffer {
  return Buffer.from(Array.from({ length: GARBAGE_BYTES }, () => rng.below(256)));
}
