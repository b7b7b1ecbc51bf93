import type { Happening } from "../happenings.ts";
import { contains, makeNetwork, type Network, overlaps, parseNetwork } from "./network.ts";

/**
 * Always exempt: "Unspecified, multicast and broadcast addresses are never banned". Source: docs/operating.md, IPv6.
 */
const NEVER = ["0.0.0.0", "::", "224.0.0.0/4", "255.255.255.255", "ff00::/8"].map(parseNetwork);
/** NAT64: "An exempt IPv4 host is exempt behind 64:ff9b::/96 too". Source: docs/operating.md, IPv6. */
const NAT64 = parseNetwork("64:ff9b::/96");

interface Exemption {
  readonly network: Network;
  readonly jail: string | undefined;
  readonly until: number;
}

/** Tracks who is exempt, by configuration and by command. Exemptions survive stops and crashes. */
export class Exemptions {
  /** When an exemption last changed. */
  changedAt: number = -Infinity;
  #configured: Exemption[] = [];
  #commanded: Exemption[] = [];
  /** Those in the database while its disk is full. */
  #saved: Exemption[] = [];

  happened(happening: Happening): void {
    const { at } = happening;
    if (this.#commanded.some(({ until }) => until <= at)) {
      this.#commanded = this.#commanded.filter(({ until }) => until > at);
      this.changedAt = at;
    }
    if (happening.kind === "configured") {
      this.#configured = happening.jails.flatMap(({ name, allow }) =>
        allow.flatMap((text) => withNat64(text, name, Infinity)),
      );
      this.changedAt = at;
    }
    if (happening.kind !== "command" || happening.subject === undefined) return;
    const { command, jail, subject, givenAt = at, time } = happening;
    if (command !== "allow" && command !== "disallow") return;
    const entries = withNat64(subject, jail, givenAt + (time ?? Infinity));
    this.#commanded = this.#commanded.filter(
      (entry) =>
        entry.jail !== jail || !entries.some(({ network }) => network.key === entry.network.key),
    );
    if (command === "allow") this.#commanded.push(...entries);
    this.changedAt = at;
  }

  /** A step of the clock while the daemon is down counts as time that passed. docs/adr/0007, Consequences. */
  passTime(step: number): void {
    const pass = (entry: Exemption): Exemption => ({ ...entry, until: entry.until - step });
    this.#commanded = this.#commanded.map(pass);
    this.#saved = this.#saved.map(pass);
  }

  /** Must be called when the disk becomes full. */
  noteSaved(): void {
    this.#saved = [...this.#commanded];
  }

  /** Forgets what was ordered while the disk was full. docs/troubleshooting.md, Full disk. */
  revertToSaved(at: number): void {
    this.#commanded = this.#saved.filter(({ until }) => until > at);
    this.changedAt = at;
  }

  /** Reports whether an address of `network` is exempt in `jail`. */
  covers(jail: string, network: Network): boolean {
    const matches = (entry: Exemption) =>
      (entry.jail === undefined || entry.jail === jail) && overlaps(entry.network, network);
    return (
      NEVER.some((never) => contains(never, network)) ||
      this.#commanded.some(matches) ||
      this.#configured.some(matches)
    );
  }
}

function withNat64(text: string, jail: string | undefined, until: number): Exemption[] {
  const network = parseNetwork(text);
  const entries = [{ network, jail, until }];
  if (network.family === 4) {
    const mapped = makeNetwork(6, NAT64.first | network.first, 96 + network.prefix);
    entries.push({ network: mapped, jail, until });
  }
  return entries;
}
