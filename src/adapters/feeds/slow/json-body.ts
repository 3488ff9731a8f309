import { isRecord, type JsonObject } from "../../kalshi/json.ts";

/** The object that a body is; undefined when it is none. */
export function readObject(text: string): JsonObject | undefined {
  const value = parse(text);
  return isRecord(value) ? value : undefined;
}

/** The object under a name; undefined when there is none. */
export function objectAt(from: JsonObject, name: string): JsonObject | undefined {
  const value = from[name];
  return isRecord(value) ? value : undefined;
}

/** The list under a name, its items objects; what is none counts as an empty one. Undefined when there is no list. */
export function objectsAt(from: JsonObject, name: string): readonly JsonObject[] | undefined {
  const value = from[name];
  if (!Array.isArray(value)) return undefined;
  return value.map((item: unknown) => (isRecord(item) ? item : {}));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
