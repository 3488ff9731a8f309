import type { ExchangeRequest, ExchangeResponse } from "../server/types.ts";
import { type PagedBody, pagedBody, pageText, withZeros } from "./answer-edits.ts";
import type { Strike } from "./fault-rule.ts";
import type { ParamsOf } from "./fault-table.ts";

type How = ParamsOf<"list_changed">["how"];

const PAGES_MAX = 100;

/** Lists and account reads that are not what they should be (reliability.md R11, R14, R16). */
export class ReadFaults {
  /** Pages that a changed list promised, by the cursor it gave out. */
  readonly #pages = new Map<string, ExchangeResponse>();
  /** Answers as they were when a read froze, by rule and request. */
  readonly #frozen = new WeakMap<Strike, Map<string, ExchangeResponse>>();
  #cursors = 0;

  /** The page that an earlier answer promised under this request's cursor; null for any other request. */
  promised(request: ExchangeRequest): ExchangeResponse | null {
    if (this.#pages.size === 0) return null;
    const cursor = new URLSearchParams(request.path.split("?", 2)[1] ?? "").get("cursor");
    return this.#pages.get(cursor ?? "") ?? null;
  }

  /** A list with something wrong about it. */
  list(answer: ExchangeResponse, how: How): ExchangeResponse {
    const page = pagedBody(answer.body);
    if (page === undefined || answer.status !== 200) return answer;
    return { ...answer, body: this.#listText(answer, page, how) };
  }

  #listText(answer: ExchangeResponse, page: PagedBody, how: How): string {
    const { items, cursor } = page;
    const newest = items.slice(0, 1);
    const older = items.slice(1);
    switch (how) {
      case "newest_missing":
        return pageText(page, older, cursor);
      case "newest_twice":
        return pageText(page, [...newest, ...items], cursor);
      case "newest_on_page_two": {
        const second = { ...answer, body: pageText(page, newest, cursor) };
        return pageText(page, older, this.#promise(second));
      }
      case "empty_page":
        return pageText(page, [], this.#promise(answer));
      case "cursor_loop": {
        const again = this.#promise(answer);
        const body = pageText(page, items, again);
        this.#pages.set(again, { ...answer, body });
        return body;
      }
      case "null":
        return pageText(page, null, cursor);
      case "one_per_page":
        // The request was changed for this one.
        return answer.body;
    }
  }

  #promise(answer: ExchangeResponse): string {
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= PAGES_MAX && oldest !== undefined) this.#pages.delete(oldest);
    const cursor = `fault-page-${++this.#cursors}`;
    this.#pages.set(cursor, answer);
    return cursor;
  }

  /** One account read that is wrong. */
  read(
    request: ExchangeRequest,
    answer: ExchangeResponse,
    strike: Strike<"read_changed">,
  ): ExchangeResponse {
    if (answer.status !== 200) return answer;
    if (strike.params.how === "zero") return { ...answer, body: withZeros(answer.body) };
    const frozen = this.#frozen.get(strike) ?? new Map<string, ExchangeResponse>();
    this.#frozen.set(strike, frozen);
    const known = frozen.get(request.path);
    if (known === undefined) frozen.set(request.path, answer);
    return known ?? answer;
  }
}

/** The request for pages of one entry each. */
export function onePerPage(request: ExchangeRequest): ExchangeRequest {
  const [path = "", search = ""] = request.path.split("?", 2);
  const query = new URLSearchParams(search);
  query.set("limit", "1");
  return { ...request, path: `${path}?${query.toString()}` };
}
