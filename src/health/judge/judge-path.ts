/**
 * Judges whether a drop in bailiff's chain affects the protected program. Pure.
 *
 * A packet to a program in this network namespace always passes prerouting here, whatever other tables accept before or
 * after: each base chain decides separately, and one drop is enough (see ADR 0011). Questions: does the program listen
 * here, on the ports and in the address families that a ban closes? If it listens elsewhere, does its traffic pass
 * through this namespace, and through the hook?
 */
import { formatPortsSetting, namePorts } from "../../domain/format-ports.ts";
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Family } from "../../domain/ip.ts";
import { ALL_PORTS, type Port, type PortScope, portsOf } from "../../domain/port-scope.ts";
import type { Cause, Proof } from "../../domain/proof.ts";

export interface PathFacts {
  readonly at: Instant;
  /** Program names in the filter. */
  readonly programs: readonly string[];
  /** Ports that a ban closes. */
  readonly scope: PortScope;
  /** Usual ports of the program, used if the jail closes all ports. */
  readonly usual: readonly Port[];
  /** Sockets in this network namespace that other hosts can reach. */
  readonly open: readonly OpenPort[];
  /** Ports of this host that lead to the jail's containers. */
  readonly published: readonly OpenPort[];
  /** Whether a process of the programs runs in this network namespace. */
  readonly runsHere: boolean;
  readonly elsewhere: Elsewhere | undefined;
  /** Number of failures in the last hours. */
  readonly failures: number;
  /** Kind of container with a separate network, as far as visible from inside; undefined: none. */
  readonly container: string | undefined;
  /** Address families that bailiff's chain filters; undefined: not read. */
  readonly closes: readonly Family[] | undefined;
  readonly hooks: readonly PathHook[];
  readonly flowtables: readonly string[];
  /** What the blocks of the jail's enforcers do not stop. */
  readonly reservations: readonly string[];
}

export interface OpenPort extends Port {
  readonly families: readonly Family[];
  /**
   * program: one of the jail's programs. other: another program. unknown: not visible, or systemd listens for a
   * program.
   */
  readonly owner: "program" | "other" | "unknown";
  /** Name and process id of the owner, for display. */
  readonly by: string;
}

/** A process of the jail's programs in another network namespace. */
export interface Elsewhere {
  /** For display, such as "sshd (pid 812)". */
  readonly program: string;
  /** Whether it certainly wrote a line about a failure. */
  readonly wrote: boolean;
  readonly gateways: readonly string[];
  /** An address of this host that is the service's default gateway. */
  readonly gatewayHere: string | undefined;
  /** An address of this host that is the service's gateway for some networks. */
  readonly partlyHere: string | undefined;
}

export interface PathHook {
  /** For display, such as "ip early pre (prerouting, priority -400)". */
  readonly name: string;
  readonly does: readonly ("accept" | "forward" | "queue")[];
}

export function judgePath(facts: PathFacts): readonly Proof[] {
  const mine = facts.open.filter(({ owner }) => owner === "program");
  const expected = expectedPorts(facts);
  const there = facts.open.filter(
    (port) => port.owner !== "program" && expected.some((other) => isSame(port, other)),
  );
  const { elsewhere } = facts;
  const unclosed = judgePorts(facts, facts.published);
  if (unclosed !== undefined) return [unclosed];
  if (mine.length > 0) return judgeHere(facts, mine);
  if (elsewhere?.wrote === true) return judgeElsewhere(facts, elsewhere, there);
  if (there.length > 0) return judgeHere(facts, there);
  if (facts.runsHere) return [judgeNotListening(facts, expected)];
  if (elsewhere !== undefined) return judgeElsewhere(facts, elsewhere, there);
  return [judgeNoListener(facts, expected)];
}

function judgeHere(facts: PathFacts, ports: readonly OpenPort[]): readonly Proof[] {
  const problems = [judgePorts(facts, ports), judgeFamilies(facts, ports)];
  const found = problems.flatMap((proof) => proof ?? []);
  if (found.length > 0) return found;
  const [first] = ports;
  const where = `${first?.by} listens here on ${namePorts(ports)} (${familiesOf(ports)})`;
  const closes = facts.scope === ALL_PORTS ? "bans close every port" : "bans close that";
  return [proven(facts, `${where}; ${closes}${earlier(facts)}`)];
}

function judgePorts({ at, scope }: PathFacts, ports: readonly OpenPort[]): Proof | undefined {
  if (scope === ALL_PORTS) return undefined;
  const closed = portsOf(scope);
  const own = ports.filter((port) => port.owner === "program" && !isPassing(port));
  const left = own.filter((port) => !closed.some((other) => isSame(port, other)));
  const none = left.length === own.length;
  const [first] = none ? left : left.filter(({ number }) => number < EPHEMERAL);
  if (first === undefined) return undefined;
  const evidence = `${first.by} listens on ${namePorts(own)}, but a ban closes only ${namePorts(closed)}`;
  const fix = `in the jail: ports = ${formatPortsSetting([...own, ...closed])}, or ports = "all"`;
  return found({ at, cause: none ? "ports-differ" : "port-open", evidence, fix });
}

/** Lowest port in net/ipv4/ip_local_port_range: sockets from there on were opened for one transfer or query. */
const EPHEMERAL = 32_768;

/** Reports whether a socket may be a client's: a UDP socket without a peer does not show which it is. */
function isPassing({ protocol, number }: Port): boolean {
  return protocol === "udp" && number >= 1024;
}

function judgeFamilies({ at, closes }: PathFacts, ports: readonly OpenPort[]): Proof | undefined {
  if (closes === undefined || closes.length === 0) return undefined;
  const open = ports.find(({ families }) => families.some((family) => !closes.includes(family)));
  if (open === undefined) return undefined;
  const family = open.families.includes("ipv6") && !closes.includes("ipv6") ? "IPv6" : "IPv4";
  const other = family === "IPv6" ? "IPv4" : "IPv6";
  const evidence = `${open.by} takes ${family} on port ${open.number}, but the firewall drops only ${other}`;
  const fix = `let the program listen on ${other} only, or restart bailiff to rewrite its rules`;
  return found({ at, cause: "ipv6-open", evidence, fix });
}

function judgeElsewhere(
  facts: PathFacts,
  elsewhere: Elsewhere,
  there: readonly OpenPort[],
): readonly Proof[] {
  const { at } = facts;
  const { program, gateways, gatewayHere, partlyHere, wrote } = elsewhere;
  const its = `${program} runs in another network namespace`;
  if (gatewayHere !== undefined) {
    const passing = wrote ? judgeShortCuts(facts, its) : undefined;
    if (passing !== undefined) return [passing];
    const by = there[0] === undefined ? "" : `, ${there[0].by} listens for it here`;
    return [
      proven(
        facts,
        `${its} behind this host (its gateway ${gatewayHere} is this host${by})${earlier(facts)}`,
      ),
    ];
  }
  if (partlyHere !== undefined) {
    const evidence = `${its}; only some of its routes lead through here (its gateway ${partlyHere} is this host)`;
    return [{ kind: "unproven", link: "path", evidence }];
  }
  if (!wrote) {
    const only = `${program} runs only in another network namespace`;
    const evidence =
      facts.failures === 0
        ? `${only}, and no failed attempt was read lately that would show whether it writes the jail's lines`
        : `${only}, and no line could be traced to the process that wrote it`;
    return [{ kind: "unproven", link: "path", evidence }];
  }
  const way =
    gateways.length > 0
      ? `its gateway ${gateways[0]} is not this host`
      : "it has no route through this host";
  const evidence = `${its}: it writes the lines, but ${way}, so no packet to it passes this firewall`;
  const fix =
    "run bailiff in the network namespace of the program, or ban on the router or proxy in front of it";
  return [found({ at, cause: "other-network-namespace", evidence, fix })];
}

function judgeShortCuts({ at, hooks, flowtables }: PathFacts, its: string): Proof | undefined {
  const short = hooks.find(({ does }) => does.includes("forward"));
  if (short !== undefined) {
    const evidence = `${its}, and ${short.name} forwards packets before bans are checked`;
    const fix = "remove its fwd rule, or run bailiff in the network namespace of the program";
    return found({ at, cause: "traffic-bypasses", evidence, fix });
  }
  const [flowtable] = flowtables;
  if (flowtable === undefined) return undefined;
  const evidence = `${its}; open connections bypass the rules through flowtable ${flowtable}, so a ban stops only new ones`;
  const fix = "exclude the program's ports from the rule with flow add";
  return found({ at, cause: "open-connections-pass", evidence, fix });
}

/**
 * Describes a program that runs, but without a listening socket on which a ban has an effect. It stopped listening, or
 * listens through another program.
 */
function judgeNotListening(facts: PathFacts, expected: readonly Port[]): Proof {
  const { at, scope, programs } = facts;
  const evidence = `${nameProcesses(programs)} is running, but no process is listening on ${namePorts(expected)} for other hosts`;
  if (scope === ALL_PORTS) return { kind: "unproven", link: "path", evidence };
  const fix =
    'set the ports of the jail to those on which the service is reached, or ports = "all"';
  return found({ at, cause: "ports-differ", evidence, fix });
}

function judgeNoListener(facts: PathFacts, expected: readonly Port[]): Proof {
  const { at, programs, failures, container } = facts;
  const ports = expected.length === 0 ? "this jail's ports" : namePorts(expected);
  if (container !== undefined && failures > 0 && expected.length > 0) {
    const evidence = `bailiff runs in a container (${container}) with its own network: no process is listening on ${ports} here, yet ${amount(failures, "failure")} came`;
    const fix = "give the container the host's network: docker run --network host";
    return found({ at, cause: "other-network-namespace", evidence, fix });
  }
  const evidence =
    programs[0] !== undefined
      ? `no process is listening on ${ports}, and no process ${nameProcesses(programs)} is running`
      : expected.length === 0
        ? "the filter lists no program and the jail no port: nothing to look for"
        : `no process is listening on ${ports}, and the filter lists no program to look for`;
  return { kind: "unproven", link: "path", evidence };
}

const MAX_NAMED = 3;

/** Names the processes that were looked for: "smtpd or postscreen", because a log names more than the process. */
function nameProcesses(programs: readonly string[]): string {
  const names = [...new Set(programs.map((program) => program.split("/").at(-1) ?? program))];
  const shown = names.length > MAX_NAMED ? [...names.slice(0, MAX_NAMED), "others"] : names;
  return shown.join(", ").replace(/, ([^,]+)$/, " or $1");
}

function expectedPorts({ scope, usual }: PathFacts): readonly Port[] {
  return scope === ALL_PORTS ? usual : portsOf(scope);
}

function earlier({ hooks, reservations }: PathFacts): string {
  const accepts = hooks.find(({ does }) => does.includes("accept"));
  const queues = hooks.find(({ does }) => does.includes("queue"));
  const accepted =
    accepts === undefined ? "" : `; ${accepts.name} accepts first, and a drop here still applies`;
  const queued = queues === undefined ? "" : `; ${queues.name} passes packets to a program first`;
  return [accepted + queued, ...reservations].join("; ");
}

function isSame(a: Port, b: Port): boolean {
  return a.protocol === b.protocol && a.number === b.number;
}

function familiesOf(ports: readonly OpenPort[]): string {
  const families = new Set(ports.flatMap((port) => port.families));
  if (families.size === 2) return "IPv4 and IPv6";
  return families.has("ipv6") ? "IPv6" : "IPv4";
}

function proven({ at }: PathFacts, evidence: string): Proof {
  return { kind: "proven", link: "path", evidence, at };
}

function found(what: { at: Instant; cause: Cause; evidence: string; fix: string }): Proof {
  return { kind: "found", link: "path", ...what };
}
