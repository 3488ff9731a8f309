/**
 * What a message of one type must look like, as far as it is used. A word is a kind of value, an object lists the fields
 * that must be there (a name that ends in `?` may be missing or null), and a list of one holds for each item.
 */
export type Shape = Kind | { readonly [name: string]: Shape } | readonly [Shape];

/** `decimal` is a decimal number written as text, `number` a JSON number, `time` either a number or text. */
type Kind = "text" | "decimal" | "number" | "list" | "object" | "time" | "any";

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** Path of the first place where a value is not of the shape, `$.msg.yes_dollars_fp[3]`; null when it fits. */
export function misfitOf(shape: Shape, value: unknown, path = "$"): string | null {
  if (typeof shape === "string") return isOfKind(shape, value) ? null : path;
  if (isListShape(shape)) return misfitOfItems(shape[0], value, path);
  return misfitOfFields(shape, value, path);
}

function misfitOfFields(
  shape: { readonly [name: string]: Shape },
  value: unknown,
  path: string,
): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return path;
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const [key, inner] of Object.entries(shape)) {
    const isOptional = key.endsWith("?");
    const name = isOptional ? key.slice(0, -1) : key;
    const field = fields.get(name);
    if (isOptional && (field === undefined || field === null)) continue;
    const misfit = misfitOf(inner, field, `${path}.${name}`);
    if (misfit !== null) return misfit;
  }
  return null;
}

function misfitOfItems(shape: Shape, value: unknown, path: string): string | null {
  if (!Array.isArray(value)) return path;
  for (const [at, item] of value.entries()) {
    const misfit = misfitOf(shape, item, `${path}[${at}]`);
    if (misfit !== null) return misfit;
  }
  return null;
}

function isListShape(shape: Exclude<Shape, Kind>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isOfKind(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "decimal":
      return typeof value === "string" && DECIMAL.test(value);
    case "number":
      return typeof value === "number";
    case "list":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "time":
      return typeof value === "number" || typeof value === "string";
    case "any":
      return value !== undefined;
  }
}
