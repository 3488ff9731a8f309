import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// The services of `--news` and `--weather` on loopback, as strict as the reference says that they are
// (spot-feeds.md §5): keys and the User-Agent are checked, and addresses they would refuse are refused.

export const CANARY = {
  newsapi: "canary-newsapi-0123456789",
  alphavantage: "CANARYALPHA",
  x: "canary-bearer-AAAA%3D%3D",
} as const;

export interface SlowServer {
  readonly url: string;
  /** Method and address of each request, keys included. */
  readonly requests: string[];
  /** Answers that come once, instead of the service's own, by the start of the path. */
  once(path: string, reply: Reply): void;
  /** The same for every request. */
  always(path: string, reply: Reply): void;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/slow/${name}`, import.meta.url), "utf8");
}

const json = (body: string, status = 200): Reply => ({
  status,
  body,
  headers: { "content-type": "application/json" },
});

const problem = (status: number, title: string): Reply =>
  json(JSON.stringify({ status, title }), status);

/** Starts the services on a free port of loopback. */
export async function startSlowServer(): Promise<SlowServer> {
  const requests: string[] = [];
  const once: [path: string, reply: Reply][] = [];
  const always: [path: string, reply: Reply][] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    requests.push(`${request.method} ${url}`);
    const at = once.findIndex(([path]) => url.startsWith(path));
    const [planned] = at < 0 ? [] : once.splice(at, 1);
    const [, reply] = planned ?? always.find(([path]) => url.startsWith(path)) ?? [];
    send(response, reply ?? serve(request));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    once: (path, reply) => once.push([path, reply]),
    always: (path, reply) => always.push([path, reply]),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function send(response: ServerResponse, { status, body = "", headers = {} }: Reply): void {
  response.writeHead(status, headers).end(body);
}

function serve(request: IncomingMessage): Reply {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
  const { headers } = request;
  switch (pathname.split("/")[1] ?? "") {
    case "rss":
      return conditional(request, '"v1"', fixture("rss.xml"));
    case "v2":
      if (headers["x-api-key"] !== CANARY.newsapi) return problem(401, "apiKeyInvalid");
      return json(fixture("newsapi.json"));
    case "query":
      if (searchParams.get("apikey") !== CANARY.alphavantage)
        return json('{"Error Message":"the parameter apikey is invalid or missing."}');
      return json(fixture("alphavantage.json"));
    case "2":
      if (headers.authorization !== `Bearer ${CANARY.x}`) return problem(401, "Unauthorized");
      return json(fixture(searchParams.has("since_id") ? "x-empty.json" : "x-posts.json"));
    case "v1":
      return openMeteo(searchParams);
    default:
      return nws(request, pathname, searchParams);
  }
}

function conditional(request: IncomingMessage, etag: string, body: string): Reply {
  if (request.headers["if-none-match"] === etag) return { status: 304 };
  return { status: 200, body, headers: { etag, "content-type": "text/html" } };
}

/** Two days from the hour that is now, in the hours that were asked for. */
function openMeteo(params: URLSearchParams): Reply {
  if (params.get("hourly") !== "temperature_2m" || params.get("timeformat") !== "unixtime")
    return json('{"error":true,"reason":"Cannot initialize WeatherVariable"}', 400);
  const dayS = Math.floor(Date.now() / 86_400_000) * 86_400;
  const time = Array.from({ length: 5 * 24 }, (_, hour) => dayS - 86_400 + hour * 3600);
  const temperature_2m = time.map((_, hour) => 60 + (hour % 24) / 2);
  return json(JSON.stringify({ utc_offset_seconds: 0, hourly: { time, temperature_2m } }));
}

function nws({ headers }: IncomingMessage, path: string, params: URLSearchParams): Reply {
  if (!(headers["user-agent"] ?? "").includes("(")) return problem(403, "Forbidden");
  for (const name of params.keys()) if (name !== "units") return problem(400, "Bad Request");
  const headersOf = { "content-type": "application/geo+json", "cache-control": "max-age=60" };
  const reply = (name: string): Reply => ({ status: 200, body: fixture(name), headers: headersOf });
  if (/^\/points\/-?\d+(\.\d{1,3}[1-9])?,-?\d+(\.\d{1,3}[1-9])?$/.test(path))
    return reply("nws-points.json");
  if (path === "/gridpoints/OKX/34,45/forecast") return reply("nws-forecast.json");
  if (path === "/stations/KNYC/observations/latest") return reply("nws-observation.json");
  return { ...problem(404, "Not Found"), body: fixture("nws-problem.json") };
}
