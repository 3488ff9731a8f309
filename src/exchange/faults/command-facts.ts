/** What a rule can match a client's command by, read without parsing: a fault may strike what is no JSON. */
export interface CommandFacts {
  readonly cmd: string;
  readonly channel: string;
  readonly sid: number | null;
  readonly ticker: string | null;
  readonly id: number | null;
}

/** Reads a command in the words of any of the venues. */
export function commandFacts(text: string): CommandFacts {
  return {
    cmd: /"(?:cmd|type|method|event|action)"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? "",
    channel: /"channels?"\s*:\s*\[?\s*"([^"]*)"/.exec(text)?.[1] ?? "",
    sid: numberOf(/"sids?"\s*:\s*\[?\s*(\d+)/.exec(text)),
    ticker: /"market_tickers?"\s*:\s*\[?\s*"([^"]*)"/.exec(text)?.[1] ?? null,
    id: numberOf(/"ids?"\s*:\s*\[?\s*(\d+)/.exec(text)),
  };
}

function numberOf(found: RegExpExecArray | null): number | null {
  return found?.[1] === undefined ? null : Number(found[1]);
}
