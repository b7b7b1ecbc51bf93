/**
 * Finds where a local service can be dialed: on sockets of its programs, else on its ports. Prefers loopback where the
 * socket accepts it, else uses the address it is bound to. Returns at most MAX_ENDPOINTS, the most likely first.
 */
import { basename } from "node:path";
import type { CanaryKind } from "../../domain/filter-definition.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { DialTarget } from "./dial.ts";
import { type Listener, listListeners, ownersOf } from "./listeners.ts";

export type DialKind = Exclude<CanaryKind, "syslog">;

export interface ServiceSearch {
  readonly kind: DialKind;
  /** Program names, as in a filter. */
  readonly programs: readonly string[];
  /** TCP ports of the jail and its filter, the preferred ones first. */
  readonly ports: readonly number[];
}

export interface ServiceEndpoint extends DialTarget {
  /** Names of the listening processes, if visible. */
  readonly program: string | undefined;
}

const MAX_ENDPOINTS = 6;
/** IANA port numbers of each protocol, preferred login ports first. */
const DEFAULT_PORTS: { readonly [kind in DialKind]: readonly number[] } = {
  ssh: [22],
  http: [80, 8080, 443, 8443],
  smtp: [587, 465, 25],
  imap: [143, 993],
  ftp: [21],
};
const TLS_PORTS: ReadonlySet<number> = new Set([443, 465, 990, 993, 8443]);
/** Maximum length of a name: TASK_COMM_LEN of linux/sched.h, without its final NUL. */
const COMM_LENGTH = 15;

export function findService(search: ServiceSearch): readonly ServiceEndpoint[] {
  const listeners = listListeners().filter(({ protocol }) => protocol === "tcp");
  const owners = ownersOf(listeners);
  const names = new Set(search.programs.map((name) => basename(name).slice(0, COMM_LENGTH)));
  const ownerOf = ({ inode }: Listener): string | undefined => {
    const commands = owners.get(inode)?.map(({ command }) => command) ?? [];
    return commands.find((command) => names.has(command)) ?? commands[0];
  };
  const wanted = [...new Set([...search.ports, ...DEFAULT_PORTS[search.kind]])];
  const own = listeners.filter((listener) => names.has(ownerOf(listener) ?? ""));
  const usual = own.filter(({ port }) => wanted.includes(port));
  // A socket of the program counts on any port. A port alone counts only if the program has no socket.
  const found = [usual, own, listeners.filter(({ port }) => wanted.includes(port))].find(
    (list) => list.length > 0,
  );
  const rank = (port: number): number =>
    (wanted.indexOf(port) + wanted.length + 1) % (wanted.length + 1);
  const places = [...(found ?? [])]
    .sort((a, b) => rank(a.port) - rank(b.port) || a.port - b.port)
    .flatMap((listener) =>
      addressesOf(listener).map((to) => ({
        ...{ to, port: listener.port, tls: TLS_PORTS.has(listener.port) },
        program: ownerOf(listener),
      })),
    );
  const distinct = new Map(places.map((place) => [`${place.to} ${place.port}`, place]));
  return [...distinct.values()].slice(0, MAX_ENDPOINTS);
}

function addressesOf({ address }: Listener): readonly Ip[] {
  const texts: Readonly<Record<string, readonly string[]>> = {
    "0.0.0.0": ["127.0.0.1"],
    // A socket bound to "::" also accepts IPv4, unless the program disabled that.
    "::": ["127.0.0.1", "::1"],
  };
  return (texts[address] ?? [address]).flatMap((text) => parseIp(text) ?? []);
}
