// JSON bodies as the exchange's Go server takes them: a value of the wrong type is refused in the words of Go's decoder,
// fields it does not know are ignored, null is the same as absent.

import type { DeskRefusal } from "../trading/types.ts";
import { failed } from "./query.ts";
import type { Call, Reply } from "./route.ts";
import { isRecord, type JsonRecord } from "./types.ts";

type GoType = "string" | "int" | "int64" | "bool";

/** A Go struct that a body is decoded into. */
export interface BodyShape {
  readonly name: string;
  readonly fields: Readonly<Record<string, GoType | { readonly listOf: BodyShape }>>;
  /** Fields that must be there and not empty. */
  readonly required?: readonly string[];
}

interface Decoding {
  /** In the order of the text; the first one is what the server answers. */
  readonly mismatches: string[];
  readonly numbers: string[];
  readonly unknown: string[];
}

/** The known fields of the body; a 400 with the flat error body when one has the wrong type or it is no JSON. */
export function decodeBody(call: Call, shape: BodyShape): JsonRecord | Reply {
  const { ledger, nowMs } = call;
  const value = parsed(call.body);
  if (value === undefined) {
    ledger.violation("malformed_body", `${shape.name}: no JSON`, nowMs);
    return badBody(call.body.trim() === "" ? "EOF" : "invalid JSON");
  }
  if (!isRecord(value)) {
    ledger.violation("malformed_body", `${shape.name}: no object`, nowMs);
    return badBody(`json: cannot unmarshal ${kindOf(value)} into Go value of type ${shape.name}`);
  }
  const decoding: Decoding = { mismatches: [], numbers: [], unknown: [] };
  const record = decoded(value, { shape, path: "" }, decoding);
  for (const field of decoding.unknown) ledger.violation("unknown_field", field, nowMs);
  const [first] = decoding.mismatches;
  if (first === undefined) return record;
  for (const field of decoding.numbers) ledger.violation("number_instead_of_string", field, nowMs);
  if (decoding.numbers.length === 0) ledger.violation("malformed_body", first, nowMs);
  return badBody(first);
}

/** The flat error body of a request that could not be decoded. */
function badBody(details: string): Reply {
  const body = { code: "bad_request", message: "bad request", details };
  return { status: 400, body: JSON.stringify(body) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Place {
  readonly shape: BodyShape;
  /** Dotted path to the struct, with its trailing dot. */
  readonly path: string;
}

function decoded(value: JsonRecord, place: Place, decoding: Decoding): JsonRecord {
  const record: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const type = place.shape.fields[key];
    const name = `${place.shape.name}.${place.path}${key}`;
    if (type === undefined) decoding.unknown.push(name);
    else if (field === null) continue;
    else if (typeof type === "object") {
      record[key] = listOf(field, { shape: type.listOf, path: `${place.path}${key}.` }, decoding);
    } else if (fits(field, type)) record[key] = field;
    else {
      if (type === "string" && typeof field === "number") decoding.numbers.push(name);
      decoding.mismatches.push(mismatch(field, name, type));
    }
  }
  return record;
}

function listOf(value: unknown, place: Place, decoding: Decoding): readonly JsonRecord[] {
  const name = `${place.shape.name}.${place.path.slice(0, -1)}`;
  if (!Array.isArray(value)) {
    decoding.mismatches.push(mismatch(value, name, `[]${place.shape.name}`));
    return [];
  }
  return value.flatMap((item: unknown) => {
    if (isRecord(item)) return [decoded(item, place, decoding)];
    decoding.mismatches.push(mismatch(item, name, place.shape.name));
    return [];
  });
}

function fits(value: unknown, type: GoType): boolean {
  if (type === "string") return typeof value === "string";
  if (type === "bool") return typeof value === "boolean";
  return Number.isSafeInteger(value);
}

function mismatch(value: unknown, name: string, type: string): string {
  const literal = typeof value === "number" && type.startsWith("int") ? ` ${value}` : "";
  return `json: cannot unmarshal ${kindOf(value)}${literal} into Go struct field ${name} of type ${type}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** Null when every required field is there; else the refusal that names those which are not. */
export function missingFields(body: JsonRecord, shape: BodyShape): DeskRefusal | null {
  const keys = (shape.required ?? []).filter((key) => (body[key] ?? "") === "");
  return keys.length === 0 ? null : missing(shape, keys);
}

/** The refusal of a body that lacks these fields. */
export function missing(shape: BodyShape, keys: readonly string[]): DeskRefusal {
  const details = keys.map((key) => failedOn(shape, key, "required")).join("\n");
  return { status: 400, code: "missing_parameters", details };
}

/** The refusal of a value that the server's validation does not let through. */
export function invalidField(shape: BodyShape, key: string, tag: string): DeskRefusal {
  return { status: 400, code: "invalid_parameters", details: failedOn(shape, key, tag) };
}

function failedOn(shape: BodyShape, key: string, tag: string): string {
  const field = key.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return `Key: '${shape.name}.${field}' Error:Field validation for '${field}' failed on the '${tag}' tag`;
}

/** A decoded string, "" when absent. */
export function textField(body: JsonRecord, key: string): string {
  const value = body[key];
  return typeof value === "string" ? value : "";
}

/** A decoded integer, null when absent. */
export function integerField(body: JsonRecord, key: string): number | null {
  const value = body[key];
  return typeof value === "number" ? value : null;
}

/** A decoded flag, false when absent. */
export function flagField(body: JsonRecord, key: string): boolean {
  return body[key] === true;
}

/** The decoded entries of a list, none when absent. */
export function listField(body: JsonRecord, key: string): readonly JsonRecord[] {
  const value = body[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A refusal as the answer of an endpoint. */
export function refusedReply(refusal: DeskRefusal): Reply {
  return failed(refusal.status, refusal.code, refusal.details);
}

/** The error object of a refusal, also part of an entry of a batch. */
export function errorOf(refusal: DeskRefusal): JsonRecord {
  const { code, details } = refusal;
  const error = { code, message: code.replaceAll("_", " ") };
  return details === undefined ? error : { ...error, details };
}
