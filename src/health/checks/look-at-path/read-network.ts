/**
 * Reads facts that all jails share: listening sockets, their owners, where the programs run. Reads everything again
 * only when something changed, a look asks for it, or RENEW_MS passed.
 */
import { localPrograms } from "../../../domain/filter-definition.ts";
import { parsePorts } from "../../../config/kinds/ports-setting.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { Ip } from "../../../domain/ip.ts";
import { type Port, portsOf } from "../../../domain/port-scope.ts";
import { ownAddresses } from "../../../host/host.ts";
import { sharesNetwork } from "../../../host/kernel/network-of.ts";
import { readSshdPorts } from "../../../host/logins/sshd-settings.ts";
import { containerMark } from "../../../host/process/container-mark.ts";
import {
  findRunningPrograms,
  namespacesOf,
  type RunningProgram,
} from "../../../host/process/running-programs.ts";
import {
  countSockets,
  isStillOpen,
  type Listener,
  listListeners,
  type Owner,
  ownersOf,
} from "../../../host/services/listeners.ts";
import { type PortNames, readPortNames } from "../../../host/services/port-names.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { LookDepth, WatchedJail } from "../../jail-check.ts";
import { openPorts } from "./open-ports.ts";

export interface NetworkView {
  /** When it was read, or verified to be unchanged. */
  readonly seenAt: Instant;
  readonly listeners: readonly Listener[];
  readonly owners: ReadonlyMap<number, readonly Owner[]>;
  readonly running: readonly (RunningProgram & { readonly here: boolean | undefined })[];
  readonly addresses: ReadonlySet<Ip>;
  readonly container: string | undefined;
  /** Ports that sshd is configured to listen on, if no socket is visible as its own. */
  readonly sshdPorts: readonly number[];
}

const RENEW_MS = 600_000;
/** Interval of full readings while a jail is unclear but the number of sockets is unchanged. */
const UNCLEAR_MS = 120_000;

export class NetworkReader {
  readonly #container = isolatedContainer();
  #view: NetworkView | undefined;
  /** When everything was last read, owners included. */
  #readAt = Number.NEGATIVE_INFINITY;
  /** When the sockets and programs were listed. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #socketCount = "";
  #sshdAskedAt: number | undefined;
  #names: PortNames | undefined;

  /** Reads what changed. `isUnclear`: a jail has a finding or no visible listener, which may change at any moment. */
  async read(
    jails: readonly WatchedJail[],
    now: Instant,
    { depth, isUnclear }: { readonly depth: LookDepth; readonly isUnclear: boolean },
  ): Promise<NetworkView> {
    this.#names ??= await readPortNames();
    const isOld = depth === "full" || now < this.#readAt || now - this.#readAt >= RENEW_MS;
    const count = countSockets();
    const isListed =
      count === this.#socketCount && now >= this.#listedAt && now - this.#listedAt < UNCLEAR_MS;
    const known = isOld ? undefined : this.#view;
    if (known !== undefined && isUnclear && isListed) return known;
    if (known !== undefined && !isUnclear && areAllHeld(known)) {
      this.#view = { ...known, seenAt: now };
      return this.#view;
    }
    this.#socketCount = count;
    this.#view = this.#list(jails, now, known);
    this.#view = await this.#addSshdPorts(jails, this.#view);
    return this.#view;
  }

  /** Ports on which a jail's programs usually listen. */
  usualPorts({ definition }: LiveJail): readonly Port[] {
    if (definition.ports.length === 0) return [];
    const parsed = parsePorts(definition.ports, this.#names ?? new Map());
    return parsed.ok ? portsOf(parsed.value) : [];
  }

  /** Lists sockets and programs; keeps the owners of `before` while the same sockets listen. */
  #list(jails: readonly WatchedJail[], now: Instant, before: NetworkView | undefined): NetworkView {
    const listeners = listListeners().filter(({ address }) => !isLoopback(address));
    const programs = [...new Set(jails.flatMap(({ live }) => localPrograms(live.definition)))];
    const running = findRunningPrograms(programs).map((program) => ({
      ...program,
      here: sharesNetwork(program.pid),
    }));
    const isSame = before !== undefined && keyOf(listeners) === keyOf(before.listeners);
    const owners = isSame ? before.owners : this.#findOwners(jails, listeners, running);
    if (!isSame) this.#readAt = now;
    this.#listedAt = now;
    return {
      seenAt: now,
      listeners,
      owners,
      running,
      addresses: new Set(ownAddresses()),
      container: this.#container,
      sshdPorts: this.#view?.sshdPorts ?? [],
    };
  }

  /**
   * Finds the owners of sockets. All processes are searched only for sockets on which a jail's program should listen.
   */
  #findOwners(
    jails: readonly WatchedJail[],
    listeners: readonly Listener[],
    running: NetworkView["running"],
  ): NetworkView["owners"] {
    const likely = [1, ...running.filter(({ here }) => here !== false).map(({ pid }) => pid)];
    const owners = ownersOf(listeners, likely);
    const wanted = jails.flatMap(({ live }) => [
      ...portsOf(live.jail.config.ports),
      ...this.usualPorts(live),
    ]);
    const unowned = listeners.filter(
      ({ inode, protocol, port }) =>
        !owners.has(inode) &&
        wanted.some((other) => other.protocol === protocol && other.number === port),
    );
    return unowned.length === 0 ? owners : new Map([...owners, ...ownersOf(unowned)]);
  }

  /** Adds the ports of sshd's settings, if its sockets are not visible. sshd is asked once per reading. */
  async #addSshdPorts(jails: readonly WatchedJail[], view: NetworkView): Promise<NetworkView> {
    if (this.#sshdAskedAt === this.#readAt) return view;
    this.#sshdAskedAt = this.#readAt;
    const isHidden = jails.some(({ live: { definition } }) => {
      const programs = localPrograms(definition);
      if (definition.canary !== "ssh") return false;
      return openPorts({ ...view, programs, configured: [] }).every(
        ({ owner }) => owner !== "program",
      );
    });
    return { ...view, sshdPorts: isHidden ? await readSshdPorts() : [] };
  }
}

export function isLoopback(address: Ip): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Reports whether every socket that had a visible owner still has one; false if there was none. */
function areAllHeld({ owners }: NetworkView): boolean {
  return (
    owners.size > 0 &&
    [...owners].every(([inode, held]) => held.some((owner) => isStillOpen(inode, owner)))
  );
}

function keyOf(listeners: readonly Listener[]): string {
  return listeners.map(({ inode }) => inode).join(" ");
}

/**
 * Returns the kind of container this process runs in, if the host's network is invisible from it. undefined: no
 * container, or one with the host's network, where the host's listeners are visible.
 */
function isolatedContainer(): string | undefined {
  const mark = containerMark();
  if (mark === undefined || sharesNetwork(1) !== true) return undefined;
  const { netNamespace } = namespacesOf(1);
  return netNamespace === undefined || netNamespace === namespacesOf("self").netNamespace
    ? mark
    : undefined;
}
