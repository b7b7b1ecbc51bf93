/**
 * The part of a subject's traffic that a ban covers: everything, or single ports. Canonical text, so that scopes
 * compare and store as strings: "all" or "tcp/22,tcp/2222,udp/53" sorted.
 */
export type PortScope = string & { readonly brand: "PortScope" };

export interface Port {
  readonly protocol: "tcp" | "udp";
  readonly number: number;
}

/**
 * Maximum number of ports per ban. The name of an nftables set lists them, and its 255 characters (NFT_NAME_MAXLEN) fit
 * 35 ports of 7 characters.
 */
export const MAX_PORTS = 35;

export const ALL_PORTS: PortScope = "all" as PortScope;

/** The scope of a ban in a jail that only observes: nothing is dropped, and no firewall gets it. */
export const OBSERVED: PortScope = "none" as PortScope;

export function portScope(ports: readonly Port[]): PortScope {
  if (ports.length === 0) return ALL_PORTS;
  const sorted = [...ports].sort(
    (a, b) => a.protocol.localeCompare(b.protocol) || a.number - b.number,
  );
  return [...new Set(sorted.map((port) => `${port.protocol}/${port.number}`))].join(
    ",",
  ) as PortScope;
}

/** Returns the ports of a scope; empty for `ALL_PORTS` and `OBSERVED`. */
export function portsOf(scope: PortScope): readonly Port[] {
  if (scope === ALL_PORTS || scope === OBSERVED) return [];
  return scope.split(",").map((text) => {
    const [protocol, number] = text.split("/");
    return { protocol: protocol === "udp" ? "udp" : "tcp", number: Number(number) };
  });
}

/** Returns the union of both scopes: a second ban may widen the first, never narrow it. */
export function joinScopes(a: PortScope, b: PortScope): PortScope {
  if (a === b || b === OBSERVED) return a;
  if (a === OBSERVED) return b;
  if (a === ALL_PORTS || b === ALL_PORTS) return ALL_PORTS;
  return portScope([...portsOf(a), ...portsOf(b)]);
}
