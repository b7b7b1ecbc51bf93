/**
 * Replaces the peer of a match by the client, where the peer is a trusted proxy. Reads the line's forwarded addresses
 * only then, so a line of any other peer costs one lookup, and none where no proxy is configured.
 */
import {
  findClient,
  type ForwardedClient,
  type TrustedProxies,
  type UnknownClient,
} from "../detect/trusted-proxies.ts";
import type { Ip } from "../domain/ip.ts";
import type { Match } from "../domain/match.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import type { LinePlace } from "../parse/route/line-sink.ts";

/** A match whose client must not be guessed: it counts against nobody. */
export interface HiddenClient {
  readonly proxy: Ip;
  readonly why: UnknownClient;
}

export type ResolvedMatch =
  | { readonly kind: "match"; readonly match: Match }
  | ({ readonly kind: "hidden" } & HiddenClient);

export class ClientResolver {
  readonly #read: Filter["forwarded"];
  readonly #proxies: TrustedProxies;
  /** In an attack, and behind one proxy, the next line has the same peer. */
  #lastDirect: Ip | undefined;

  constructor(filter: Pick<Filter, "forwarded">, proxies: TrustedProxies) {
    this.#read = filter.forwarded;
    this.#proxies = proxies;
  }

  /** `text`: the batch that the line is in. */
  resolve(match: Match, text: string, place: LinePlace): ResolvedMatch {
    const { ip } = match;
    if (ip === undefined || ip === this.#lastDirect) return { kind: "match", match };
    const found = this.findClient(ip, () => lineAt(text, place));
    switch (found.kind) {
      case "direct":
        this.#lastDirect = ip;
        return { kind: "match", match };
      case "client": {
        const { ip: client, proxy, hop } = found;
        // The port in the line is the proxy's.
        const login = match.login && { ...match.login, port: undefined };
        return { kind: "match", match: { ...match, ip: client, login, via: { proxy, hop } } };
      }
      case "unknown":
        return { kind: "hidden", proxy: found.proxy, why: found.why };
    }
  }

  findClient(peer: Ip, line: () => string): ForwardedClient {
    return findClient(peer, this.#proxies, () => this.#read?.(line()));
  }
}

/** The whole line, unwrapped from a container runtime's format. */
export function lineAt(text: string, { start, end, said }: LinePlace): string {
  return said?.trimEnd() ?? text.slice(start, end);
}
