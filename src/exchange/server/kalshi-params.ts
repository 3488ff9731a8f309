import { isRecord, type JsonRecord, parseRecord } from "./types.ts";

/** A command as it arrived, every known field of the type it must have. */
export interface ClientCommand {
  readonly name: string;
  /** `,"id":7`, or empty when the client sent none: 0 means none too. */
  readonly idField: string;
  /** Undefined when the command has none. */
  readonly params: CommandParams | undefined;
}

export interface CommandParams {
  readonly channels: readonly string[];
  /** `market_ticker` and `market_tickers` together, each once. */
  readonly tickers: readonly string[];
  readonly marketIds: readonly string[];
  readonly indexIds: readonly string[];
  readonly sid: number | undefined;
  readonly sids: readonly number[];
  readonly action: string | undefined;
  readonly usesYesPrice: boolean;
  readonly sendsInitial: boolean;
  readonly skipsTickerAck: boolean;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isInteger = (value: unknown): boolean => Number.isInteger(value);
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isIntegerList = (value: unknown): boolean => Array.isArray(value) && value.every(isInteger);

type FieldRules = readonly (readonly [name: string, isRight: (value: unknown) => boolean])[];

const ENVELOPE: FieldRules = [
  ["id", (value) => isInteger(value) && Number(value) >= 0],
  ["cmd", isText],
  ["params", isRecord],
];

const FIELDS: FieldRules = [
  ["channels", isTextList],
  ["market_ticker", isText],
  ["market_tickers", isTextList],
  ["market_id", isText],
  ["market_ids", isTextList],
  ["index_ids", isTextList],
  ["sid", isInteger],
  ["sids", isIntegerList],
  ["action", isText],
  ["use_yes_price", isFlag],
  ["send_initial_snapshot", isFlag],
  ["skip_ticker_ack", isFlag],
  ["user_filter", isText],
  ["shard_factor", isInteger],
  ["shard_key", isInteger],
];

/**
 * One text frame as a command. Undefined is error 1: no JSON object, or a field of the wrong type, which the exchange's
 * typed decoder refuses as a whole (a null is as good as absent to it, and unknown fields are skipped).
 */
export function readCommand(text: string): ClientCommand | undefined {
  const message = parseRecord(text);
  if (message === undefined || !isTyped(message, ENVELOPE)) return undefined;
  const { id, cmd, params } = message;
  const command = {
    name: typeof cmd === "string" ? cmd : "",
    idField: typeof id === "number" && id > 0 ? `,"id":${id}` : "",
  };
  if (!isRecord(params)) return { ...command, params: undefined };
  return isTyped(params, FIELDS) ? { ...command, params: paramsOf(params) } : undefined;
}

function isTyped(record: JsonRecord, fields: FieldRules): boolean {
  return fields.every(([name, isRight]) => isAbsent(record[name]) || isRight(record[name]));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function paramsOf(params: JsonRecord): CommandParams {
  const texts = (...names: string[]): string[] => [
    ...new Set(names.flatMap((name) => listOf(params[name])).filter((each) => isString(each))),
  ];
  const { sid, sids, action } = params;
  return {
    channels: texts("channels"),
    tickers: texts("market_ticker", "market_tickers"),
    marketIds: texts("market_id", "market_ids"),
    indexIds: texts("index_ids"),
    sid: typeof sid === "number" ? sid : undefined,
    sids: listOf(sids).filter((each) => typeof each === "number"),
    action: typeof action === "string" ? action : undefined,
    usesYesPrice: params["use_yes_price"] === true,
    sendsInitial: params["send_initial_snapshot"] === true,
    skipsTickerAck: params["skip_ticker_ack"] === true,
  };
}

// An empty text names nothing, as an absent one does.
function isString(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function listOf(value: unknown): readonly unknown[] {
  if (isAbsent(value)) return [];
  return Array.isArray(value) ? value : [value];
}
