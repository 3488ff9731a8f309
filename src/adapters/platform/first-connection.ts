import { KbtError } from "../../core/errors.ts";
import type { FeedStats } from "../../ports.ts";
import type { ConnectionEnd } from "./connection.ts";
import { hostOf } from "./network-error.ts";

const FIRST_TRIES = 4;

/**
 * Throws once it is plain that a feed's first connection will not come about: a wrong address or a missing network is told
 * within seconds. A feed that was connected before goes on trying.
 */
export function assertFirstConnection(
  url: string,
  stats: Pick<FeedStats, "connects">,
  failures: number,
  end: ConnectionEnd,
): void {
  if (stats.connects > 0 || failures < FIRST_TRIES) return;
  throw new KbtError({
    kind: "network",
    code: "NETWORK_SOCKET",
    message: `no connection to ${hostOf(url)} in ${failures} tries: ${end.error}`,
    hint: "check the connection, or try --sim",
    details: { host: hostOf(url), status: end.status ?? null },
  });
}
