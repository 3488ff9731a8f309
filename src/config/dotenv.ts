export interface Dotenv {
  readonly values: ReadonlyMap<string, string>;
  /** Numbers of lines that are neither an assignment, a comment nor blank. */
  readonly badLines: readonly number[];
}

const ASSIGNMENT = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(.*)$/;

/**
 * A `.env` file: `NAME=value`, `export NAME=value`, `'…'` as it is, `"…"` with \n \t \" \\, both over several lines,
 * `# …` after white space. Of a repeated name the last value counts. Nothing is expanded.
 */
export function parseDotenv(text: string): Dotenv {
  const values = new Map<string, string>();
  const badLines: number[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, rest] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      badLines.push(at + 1);
      continue;
    }
    const quoted = readQuoted(rest, lines, at);
    if (quoted === "unclosed") {
      badLines.push(at + 1);
    } else if (quoted === null) {
      values.set(name, rest.replace(/(^|[ \t])#.*$/, "").trim());
    } else {
      values.set(name, quoted.value);
      at = quoted.lastLine;
    }
  }
  return { values, badLines };
}

/** The quoted value that starts on this line; null when the value is not quoted. */
function readQuoted(
  rest: string,
  lines: readonly string[],
  from: number,
): { value: string; lastLine: number } | "unclosed" | null {
  const quote = rest[0];
  if (quote !== '"' && quote !== "'") return null;
  let body = rest.slice(1);
  for (let at = from; ; ) {
    const end = closingQuote(body, quote);
    if (end >= 0) {
      const inside = body.slice(0, end);
      return { value: quote === '"' ? unescape(inside) : inside, lastLine: at };
    }
    at += 1;
    if (at >= lines.length) return "unclosed";
    body += `\n${lines[at]}`;
  }
}

function closingQuote(body: string, quote: string): number {
  for (let at = 0; at < body.length; at++) {
    if (quote === '"' && body[at] === "\\") at += 1;
    else if (body[at] === quote) return at;
  }
  return -1;
}

function unescape(inside: string): string {
  return inside.replace(/\\(.)/gs, (_, char: string) => {
    if (char === "n") return "\n";
    return char === "t" ? "\t" : char;
  });
}
