/**
 * Replaces the peer of a match by the client if the peer is a trusted proxy. Reads the line's forwarded addresses only
 * then, so a line of any other peer costs one lookup, and none if no proxy is configured.
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

/** A match whose client is not known. It counts against no address. */
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
  /** The newest peer that is no proxy. In an attack the next line has the same peer, so it needs no lookup. */
  #lastDirect: Ip | undefined;

  constructor(filter: Pick<Filter, "forwarded">, proxies: TrustedProxies) {
    this.#read = filter.forwarded;
    this.#proxies = proxies;
  }

  /** Resolves a match. `text`: the batch that contains its line. */
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
        // Drop the port, because the one in the line is the proxy's.
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

/** Returns the whole line, unwrapped from a container runtime's format. */
export function lineAt(text: string, { start, end, unwrapped }: LinePlace): string {
  return unwrapped?.trimEnd() ?? text.slice(start, end);
}
