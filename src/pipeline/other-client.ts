import { lastHop } from "../detect/trusted-proxies.ts";
import type { Ip } from "../domain/ip.ts";
import { CUT_MARK } from "../domain/line-batch.ts";
import { mayForward } from "../jails/suspected-proxies.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";

/**
 * Returns the client that a line names besides its peer, so that the peer looks like a proxy; `client` is undefined if
 * the line was cut before it. Returns undefined if it names none, or the peer cannot be a proxy.
 */
export function otherClientIn(
  { forwarded }: Pick<Filter, "forwarded">,
  peer: Ip,
  readLine: () => string,
): { readonly client: Ip | undefined } | undefined {
  if (forwarded === undefined || !mayForward(peer)) return undefined;
  const line = readLine();
  const client = lastHop(forwarded(line) ?? "");
  const isOther = client === undefined ? line.endsWith(CUT_MARK) : client !== peer;
  return isOther ? { client } : undefined;
}
