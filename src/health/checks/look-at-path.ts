/**
 * Judges for each jail whether a drop in bailiff's chain affects the traffic to its program. Facts: who listens where
 * and in which network namespace, what other firewall tables do first, and where the failures come from.
 *
 * A look costs half a millisecond while nothing changes: it only verifies that the listening sockets are still open and
 * that the ruleset has the same generation.
 */
import type { BanBook } from "../../domain/ban-book.ts";
import { localPrograms } from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { CountingPolicy } from "../../detect/counted-subject.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import type { Proof } from "../../domain/proof.ts";
import { isOnLocalBridge } from "../../host/kernel/local-bridge.ts";
import { type Elsewhere, judgePath, type OpenPort, type PathFacts } from "../judge/judge-path.ts";
import { judgeProxy, type ProxyFacts } from "../judge/judge-proxy.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { FailureSightings } from "../../pipeline/failure-sightings.ts";
import type { LookDepth, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { openPorts } from "./look-at-path/open-ports.ts";
import { describeAway, type LineOrigin, originOf } from "./look-at-path/line-origin.ts";
import { createHookReader, type HookReader } from "./look-at-path/read-hooks.ts";
import { isLoopback, NetworkReader, type NetworkView } from "./look-at-path/read-network.ts";

export interface PathLookOptions {
  readonly sightings: FailureSightings<LineOrigin>;
  readonly allow: Allow;
  readonly book: BanBook;
  /** Returns whether all, some or none of a jail's enforcers refuse clients by their own address. */
  readonly refusing: (jail: JailName) => "all" | "some" | "none";
  readonly reach: (jail: JailName) => BlockReach;
  /** Name of bailiff's nftables table. */
  readonly table: string;
}

/** Which packets the blocks of a jail's enforcers stop. */
export interface BlockReach {
  /** Whether bailiff's nftables table holds them. What other enforcers filter is not read here. */
  readonly isInTable: boolean;
  /** What none of the enforcers stops. */
  readonly reservations: readonly string[];
}

export type { LineOrigin };

export type PathLook = (
  jails: readonly WatchedJail[],
  now: Instant,
  depth: LookDepth,
) => Promise<ReadonlyMap<JailName, readonly Proof[]>>;

const NO_PACKETS: Proof = {
  kind: "unproven",
  link: "path",
  evidence: "its enforcers refuse clients by address, wherever their packets arrive",
};
/** Days for which an account that logged in from an address counts as its user. */
const LOGIN_DAYS = 30;

export function createPathLook(options: PathLookOptions): PathLook {
  const looker = new PathLooker(options);
  return (jails, now, depth) => looker.look(jails, now, depth);
}

class PathLooker {
  readonly #options: PathLookOptions;
  readonly #hooks: HookReader;
  readonly #network = new NetworkReader();
  /** Whether a jail has a finding or no visible listener, which may change at any moment. */
  #isUnclear = false;

  constructor(options: PathLookOptions) {
    this.#options = options;
    this.#hooks = createHookReader(options.table);
  }

  async look(jails: readonly WatchedJail[], now: Instant, depth: LookDepth): ReturnType<PathLook> {
    await this.#hooks.renew(now);
    const view = await this.#network.read(jails, now, { depth, isUnclear: this.#isUnclear });
    this.#isUnclear = false;
    return new Map(jails.map(({ live }) => [live.jail.name, this.#judge(live, view, now)]));
  }

  #judge(live: LiveJail, view: NetworkView, now: Instant): readonly Proof[] {
    const { sightings } = this.#options;
    const { jail, definition } = live;
    const proxyFacts = this.#proxyFactsOf(live, view, now);
    const facts = this.#pathFactsOf(live, view, proxyFacts.sum.failures);
    const listens = facts.open.some(({ owner }) => owner === "program");
    sightings.ask(jail, listens ? undefined : (line) => originOf(line, definition.programs));
    const path = judgePath(facts);
    if (!listens || path.some(isFound)) this.#isUnclear = true;
    const proxy = judgeProxy(proxyFacts);
    if (this.#options.refusing(jail.name) === "all") return [proxy ?? NO_PACKETS];
    return proxy === undefined ? path : [proxy, ...path.filter(isFound)];
  }

  #proxyFactsOf({ jail }: LiveJail, { addresses }: NetworkView, now: Instant): ProxyFacts {
    const { sightings, allow } = this.#options;
    const isOwn = (ip: Ip): boolean => isLoopback(ip) || addresses.has(ip);
    const suspects = jail.config.trusted_proxies === undefined ? jail.suspects.recent(now) : [];
    return {
      sum: sightings.sourcesOf(jail).sum(now),
      isOwn,
      isHere: (proxy) => isOwn(proxy) || isOnLocalBridge(proxy),
      allowedBy: (ip) => allow.listOf(jail.name).covers(ip),
      suspects,
      refusesClients: this.#options.refusing(jail.name) !== "none",
      accountsOf: (ip) => this.#accountsFrom(ip, jail.config, now),
      at: now,
    };
  }

  #accountsFrom(ip: Ip, counting: CountingPolicy, now: Instant): number {
    const since = instant(now - LOGIN_DAYS * 86_400_000);
    const subject = subjectOf(ip, counting.ipv6_prefix, counting.nat64_prefixes);
    const logins = this.#options.book.loginsFrom(subject, since);
    return new Set(logins.map(({ account }) => account)).size;
  }

  #pathFactsOf(live: LiveJail, view: NetworkView, failures: number): PathFacts {
    const { jail, definition } = live;
    const programs = localPrograms(definition);
    const running = view.running.filter(({ program }) => programs.includes(program));
    const configured = definition.canary === "ssh" ? view.sshdPorts : [];
    const firewall = this.#hooks.last();
    const { isInTable, reservations } = this.#options.reach(jail.name);
    return {
      at: view.seenAt,
      programs,
      scope: jail.config.ports,
      usual: this.#network.usualPorts(live),
      open: openPorts({ ...view, programs, configured }),
      published: publishedPorts(live),
      runsHere: running.some(({ here }) => here === true),
      elsewhere: this.#elsewhereOf(live, running),
      failures,
      container: view.container,
      closes: isInTable ? firewall?.closes : undefined,
      hooks: (firewall?.hooks ?? []).map(({ table, chain, hook, priority, does }) => ({
        name: `${table} ${chain} (${hook}, priority ${priority})`,
        does,
      })),
      flowtables: firewall?.flowtables ?? [],
      reservations,
    };
  }

  #elsewhereOf({ jail }: LiveJail, running: NetworkView["running"]): Elsewhere | undefined {
    const origin = this.#options.sightings.writerOf(jail);
    if (origin !== undefined) return origin === "here" ? undefined : origin;
    const away = running.filter(({ here }) => here === false);
    const [first] = away;
    if (first === undefined) return undefined;
    const networks = new Set(away.map(({ netNamespace }) => netNamespace));
    const elsewhere = describeAway(first.pid, first.program, "unseen");
    // With several networks it is unknown which one the program uses, so nothing is claimed about gateways.
    if (elsewhere === undefined || (networks.size === 1 && !networks.has(undefined)))
      return elsewhere;
    return { ...elsewhere, gatewayHere: undefined, partlyHere: undefined };
  }
}

function publishedPorts({ search }: LiveJail): readonly OpenPort[] {
  const families = ["ipv4", "ipv6"] as const;
  return (search.published ?? []).map((port) => ({ ...port, families, owner: "program" }));
}

function isFound({ kind }: Proof): boolean {
  return kind === "found";
}
