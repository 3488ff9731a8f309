// Reads the official client's generated sources as data: which body each method returns, and which fields a body must
// and may have. TypeScript's own types are gone at run time, and "deserializes" means nothing in a client that only casts.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("kalshi-typescript/package.json"));

export interface SdkField {
  readonly type: string;
  readonly isOptional: boolean;
  /** What the documentation of the field says its text looks like; null where it says nothing. */
  readonly format: RegExp | null;
}

export type SdkModel =
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, SdkField> }
  | { readonly kind: "enum"; readonly values: ReadonlySet<unknown> };

export interface SdkMethod {
  readonly api: string;
  readonly method: string;
  /** `POST /portfolio/events/orders`. */
  readonly endpoint: string;
  /** Model of the answer's body; `void` for none. */
  readonly answer: string;
}

export interface Finding {
  readonly path: string;
  readonly problem: string;
}

const COUNT = /^-?\d+\.\d{2}$/;
const DOLLARS = /^-?\d+\.\d{4}(?:\d{2})?$/;
const CLOCK = /^\d\d:\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?Z$/;

function formatOf(name: string, type: string, comment: string): RegExp | null {
  if (!type.startsWith("string")) return null;
  if (comment.includes("contract count string")) return COUNT;
  if (comment.includes("dollar string")) return DOLLARS;
  if (comment.includes("format HH:MM")) return CLOCK;
  return /_(time|ts|date)$/.test(name) ? TIME : null;
}

function readSources(folder: string): string[] {
  return readdirSync(join(PACKAGE, folder))
    .filter((name) => name.endsWith(".ts") && name !== "index.ts")
    .map((name) => readFileSync(join(PACKAGE, folder, name), "utf8"));
}

/** Every model of the client by name. */
export function loadModels(): ReadonlyMap<string, SdkModel> {
  const models = new Map<string, SdkModel>();
  for (const source of readSources("models")) {
    for (const [, name = "", body = ""] of source.matchAll(
      /^export interface (\w+) \{\n(.*?)^\}/gms,
    )) {
      models.set(name, { kind: "object", fields: fieldsOf(body) });
    }
    for (const [, name = "", body = ""] of source.matchAll(
      /^export const (\w+) = \{\n(.*?)^\} as const/gms,
    )) {
      const values = [...body.matchAll(/: (?:'([^']*)'|(-?\d+))/g)].map(([, text, number]) =>
        number === undefined ? text : Number(number),
      );
      models.set(name, { kind: "enum", values: new Set(values) });
    }
  }
  return models;
}

function fieldsOf(body: string): ReadonlyMap<string, SdkField> {
  const fields = new Map<string, SdkField>();
  const field = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^ {4}'(\w+)'(\??): ([^\n]*);$/gm;
  for (const match of body.matchAll(field)) {
    const [, comment = "", name = "", optional, type = ""] = match;
    fields.set(name, { type, isOptional: optional === "?", format: formatOf(name, type, comment) });
  }
  return fields;
}

/** Every call of the client that reaches an endpoint. */
export function loadMethods(): readonly SdkMethod[] {
  return readSources("api").flatMap((source) => {
    const endpoints = new Map<string, string>();
    const creators = /^ {8}(\w+): async .*?localVarPath = `([^`]+)`.*?method: '(\w+)'/gms;
    for (const [, name = "", path = "", verb = ""] of source.matchAll(creators)) {
      endpoints.set(name, `${verb} ${path}`);
    }
    const [, api = ""] = /^export class (\w+Api) /m.exec(source) ?? [];
    const answers = /^ {8}(\w+)\(.*\): AxiosPromise<(\w+)> \{$/gm;
    return [...source.matchAll(answers)].map(([, method = "", answer = ""]) => ({
      api,
      method,
      endpoint: endpoints.get(method) ?? "",
      answer,
    }));
  });
}

/** Compares bodies with the client's models and counts what it looked at. */
export class ModelChecker {
  readonly #models: ReadonlyMap<string, SdkModel>;
  /** `Model.field` of everything seen at least once. */
  readonly seenFields = new Set<string>();

  constructor(models: ReadonlyMap<string, SdkModel>) {
    this.#models = models;
  }

  /** Whatever an unmodified client would not understand or would miss, by JSON path. */
  check(type: string, value: unknown, path = "$"): readonly Finding[] {
    const plain = type.replace(/ \| null$/, "");
    if (value === null)
      return plain === type ? [{ path, problem: `null where ${type} is due` }] : [];
    const [, element] = /^Array<(.*)>$/.exec(plain) ?? [];
    if (element !== undefined) return this.#array(element, value, path);
    const model = this.#models.get(plain);
    if (model?.kind === "object") return this.#object(plain, model.fields, value, path);
    if (model?.kind === "enum") {
      return model.values.has(value)
        ? []
        : [{ path, problem: `${JSON.stringify(value)} is no ${plain}` }];
    }
    return isPrimitive(plain, value) ? [] : [{ path, problem: `${typeof value}, not ${plain}` }];
  }

  #array(element: string, value: unknown, path: string): readonly Finding[] {
    if (!Array.isArray(value)) return [{ path, problem: "no array" }];
    return value.flatMap((item: unknown) => this.check(element, item, `${path}[]`));
  }

  #object(
    name: string,
    fields: ReadonlyMap<string, SdkField>,
    value: unknown,
    path: string,
  ): readonly Finding[] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return [{ path, problem: `no ${name} object` }];
    }
    const body = new Map<string, unknown>(Object.entries(value));
    const unknown = [...body.keys()]
      .filter((key) => !fields.has(key))
      .map((key) => ({ path: `${path}.${key}`, problem: "unknown field" }));
    const known = [...fields].flatMap(([key, field]) => {
      const at = `${path}.${key}`;
      if (!body.has(key)) return field.isOptional ? [] : [{ path: at, problem: "missing field" }];
      this.seenFields.add(`${name}.${key}`);
      return this.#field(field, body.get(key), at);
    });
    return [...unknown, ...known];
  }

  #field(field: SdkField, value: unknown, path: string): readonly Finding[] {
    const { type, format, isOptional } = field;
    // "name?" in the client is optional or nullable: Go servers send null for what is absent.
    if (value === null && isOptional) return [];
    const found = this.check(type, value, path);
    if (found.length > 0 || format === null || typeof value !== "string") return found;
    return format.test(value) ? [] : [{ path, problem: `'${value}' is not written as ${format}` }];
  }
}

function isPrimitive(type: string, value: unknown): boolean {
  if (type === "string" || type === "number" || type === "boolean") return typeof value === type;
  return type === "object" || type === "any" || type.startsWith("{ [key: string]")
    ? typeof value === "object"
    : false;
}
