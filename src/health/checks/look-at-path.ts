/**
 * Reads the host and judges for each jail whether a drop in our chain matters: who listens where, in which network
 * namespace, what other firewall tables do first, and from whom the failures come.
 *
 * A look costs half a millisecond while all is well and nothing changes: then it is only asked whether the listening
 * sockets are still held and whether the ruleset has another generation. All is read again every RENEW_MS.
 */
import { parsePorts } from "../../config/kinds/ports-setting.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { CountingPolicy } from "../../detect/counted-subject.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import { type Port, portsOf } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import { type Elsewhere, judgePath, type PathFacts } from "../judge/judge-path.ts";
import { judgeProxy } from "../judge/judge-proxy.ts";
import { ownAddresses } from "../../host/host.ts";
import { type PortNames, readPortNames } from "../../host/services/port-names.ts";
import {
  countSockets,
  isHeld,
  type Listener,
  listListeners,
  type Owner,
  ownersOf,
} from "../../host/services/listeners.ts";
import { sharesNetwork } from "../../host/kernel/network-of.ts";
import { containerMark } from "../../host/process/container-mark.ts";
import {
  findRunningPrograms,
  namespacesOf,
  type RunningProgram,
} from "../../host/process/running-programs.ts";
import { readSshdPorts } from "../../host/logins/sshd-settings.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { FailureSightings } from "../../pipeline/failure-sightings.ts";
import type { LookDepth, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { openPorts } from "./look-at-path/open-ports.ts";
import { describeAway, type LineOrigin, originOf } from "./look-at-path/line-origin.ts";
import { createHookReader } from "./look-at-path/read-hooks.ts";

export interface PathLookOptions {
  readonly sightings: FailureSightings<LineOrigin>;
  readonly allow: Allow;
  readonly book: BanBook;
  /** Name of our nftables table. */
  readonly table: string;
}

export type { LineOrigin };

export type PathLook = (
  jails: readonly WatchedJail[],
  now: Instant,
  depth: LookDepth,
) => Promise<ReadonlyMap<JailName, readonly Proof[]>>;

const RENEW_MS = 600_000;
/** How long nothing is read anew while something is unclear, but as many sockets are open as before. */
const UNCLEAR_MS = 120_000;
const LOGIN_DAYS = 30;

/** What the host shows, as far as all jails have it in common. */
interface Host {
  /** When it was read, or seen to be as it was. */
  readonly seenAt: Instant;
  readonly listeners: readonly Listener[];
  readonly owners: ReadonlyMap<number, readonly Owner[]>;
  readonly running: readonly (RunningProgram & { readonly here: boolean | undefined })[];
  readonly addresses: ReadonlySet<Ip>;
  readonly container: string | undefined;
}

export function createPathLook(options: PathLookOptions): PathLook {
  const { sightings, allow, book, table } = options;
  const container = containerAlone();
  const hooks = createHookReader(table);
  let host: Host | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let walkedAt = Number.NEGATIVE_INFINITY;
  let socketsThen = "";
  /** Where sshd listens by its own settings, while its sockets are not seen to be its own. */
  let sshdPorts: readonly number[] = [];
  let askedAt: number | undefined;
  let names: PortNames | undefined;
  /** Something was wrong, or some program was not found to listen: that may change at any moment. */
  let unclear = false;

  async function look(
    jails: readonly WatchedJail[],
    now: Instant,
    depth: LookDepth,
  ): ReturnType<PathLook> {
    names ??= await readPortNames();
    await hooks.renew(now);
    renewHost(jails, now, depth);
    await renewSshdPorts(jails);
    unclear = false;
    return new Map(jails.map(({ live }) => [live.jail.name, judge(live, now)]));
  }

  function renewHost(jails: readonly WatchedJail[], now: Instant, depth: LookDepth): void {
    const old = depth === "anew" || now < readAt || now - readAt >= RENEW_MS;
    const counted = countSockets();
    const still = counted === socketsThen && now - walkedAt < UNCLEAR_MS && now >= walkedAt;
    if (!old && host !== undefined && unclear && still) return;
    if (!old && host !== undefined && !unclear && allHeld(host)) {
      host = { ...host, seenAt: now };
      return;
    }
    socketsThen = counted;
    const listeners = listListeners().filter(({ address }) => !isLoopback(address));
    const programs = [...new Set(jails.flatMap(({ live }) => live.definition.programs))];
    const running = findRunningPrograms(programs).map((program) => ({
      ...program,
      here: sharesNetwork(program.pid),
    }));
    const same = !old && host !== undefined && keyOf(listeners) === keyOf(host.listeners);
    const owners = same && host !== undefined ? host.owners : findOwners(jails, listeners, running);
    if (!same) readAt = now;
    walkedAt = now;
    host = {
      seenAt: now,
      listeners,
      owners,
      running,
      addresses: new Set(ownAddresses()),
      container,
    };
  }

  /** sshd is asked where it listens only while that is not seen, and once for each reading of the sockets. */
  async function renewSshdPorts(jails: readonly WatchedJail[]): Promise<void> {
    if (host === undefined || askedAt === readAt) return;
    askedAt = readAt;
    const seen = host;
    const isHidden = jails.some(({ live: { definition } }) => {
      const { programs } = definition;
      if (definition.canary !== "ssh") return false;
      return openPorts({ ...seen, programs, configured: [] }).every(
        ({ owner }) => owner !== "program",
      );
    });
    sshdPorts = isHidden ? await readSshdPorts() : [];
  }

  /** All programs are searched only for what listens where a jail's program should. */
  function findOwners(
    jails: readonly WatchedJail[],
    listeners: readonly Listener[],
    running: Host["running"],
  ): Host["owners"] {
    const likely = [1, ...running.filter(({ here }) => here !== false).map(({ pid }) => pid)];
    const owners = ownersOf(listeners, likely);
    const wanted = jails.flatMap(({ live }) => [
      ...portsOf(live.jail.config.ports),
      ...usual(live),
    ]);
    const unowned = listeners.filter(
      ({ inode, protocol, port }) =>
        !owners.has(inode) &&
        wanted.some((other) => other.protocol === protocol && other.number === port),
    );
    return unowned.length === 0 ? owners : new Map([...owners, ...ownersOf(unowned)]);
  }

  function judge(live: LiveJail, now: Instant): readonly Proof[] {
    if (host === undefined) return [];
    const own = host.addresses;
    const { jail, definition } = live;
    const sum = sightings.sourcesOf(jail).sum(now);
    const facts = factsOf(live, host, sum.failures);
    const listens = facts.open.some(({ owner }) => owner === "program");
    if (!listens) unclear = true;
    sightings.ask(jail, listens ? undefined : (line) => originOf(line, definition.programs));
    const proxy = judgeProxy({
      sum,
      isOwn: (ip) => isLoopback(ip) || own.has(ip),
      allowedBy: (ip) => allow.listOf(jail.name).covers(ip),
      accountsOf: (ip) => accountsFrom(ip, jail.config, now),
      at: now,
    });
    const path = judgePath(facts);
    if (path.some(isFound)) unclear = true;
    return proxy === undefined ? path : [proxy, ...path.filter(isFound)];
  }

  function factsOf(live: LiveJail, seen: Host, failures: number): PathFacts {
    const { jail, definition } = live;
    const { programs } = definition;
    const running = seen.running.filter(({ program }) => programs.includes(program));
    const read = hooks.last();
    return {
      at: seen.seenAt,
      programs,
      scope: jail.config.ports,
      usual: usual(live),
      open: openPorts({
        ...seen,
        programs,
        configured: definition.canary === "ssh" ? sshdPorts : [],
      }),
      runsHere: running.some(({ here }) => here === true),
      elsewhere: elsewhereOf(live, running),
      failures,
      container: seen.container,
      closes: read?.closes,
      hooks: (read?.hooks ?? []).map(({ table: its, chain, hook, priority, does }) => ({
        name: `${its} ${chain} (${hook}, priority ${priority})`,
        does,
      })),
      flowtables: read?.flowtables ?? [],
    };
  }

  function elsewhereOf({ jail }: LiveJail, running: Host["running"]): Elsewhere | undefined {
    const origin = sightings.writerOf(jail);
    if (origin !== undefined) return origin === "here" ? undefined : origin;
    const away = running.filter(({ here }) => here === false);
    const [first] = away;
    if (first === undefined) return undefined;
    const networks = new Set(away.map(({ netNamespace }) => netNamespace));
    const seen = describeAway(first.pid, first.program, "unseen");
    // Which of several it is cannot be told, so nothing is claimed of any.
    if (networks.size === 1 && !networks.has(undefined)) return seen;
    return { ...seen, gatewayHere: undefined, partlyHere: undefined };
  }

  function usual({ definition }: LiveJail): readonly Port[] {
    if (definition.ports.length === 0) return [];
    const parsed = parsePorts(definition.ports, names ?? new Map());
    return parsed.ok ? portsOf(parsed.value) : [];
  }

  function accountsFrom(ip: Ip, counting: CountingPolicy, now: Instant): number {
    const since = instant(now - LOGIN_DAYS * 86_400_000);
    const logins = book.loginsFrom(
      subjectOf(ip, counting.ipv6_prefix, counting.nat64_prefixes),
      since,
    );
    return new Set(logins.map(({ account }) => account)).size;
  }

  return look;
}

function isFound({ kind }: Proof): boolean {
  return kind === "found";
}

/** Every socket that somebody was seen to hold, and there was one. */
function allHeld({ owners }: Host): boolean {
  return (
    owners.size > 0 &&
    [...owners].every(([inode, held]) => held.some((owner) => isHeld(inode, owner)))
  );
}

function keyOf(listeners: readonly Listener[]): string {
  return listeners.map(({ inode }) => inode).join(" ");
}

function isLoopback(address: Ip): boolean {
  return address === "::1" || address.startsWith("127.");
}

/**
 * In a container whose first program shares our network, and which sees no other: then the host's network is out of
 * sight. With the host's own network its listeners are seen, and there is nothing to find.
 */
function containerAlone(): string | undefined {
  const mark = containerMark();
  if (mark === undefined || sharesNetwork(1) !== true) return undefined;
  const { netNamespace } = namespacesOf(1);
  return netNamespace === undefined || netNamespace === namespacesOf("self").netNamespace
    ? mark
    : undefined;
}
