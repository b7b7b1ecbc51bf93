/**
 * Makes the failed login of a self-test. It dials the service if that is possible; otherwise it sends a marked line to
 * the syslog daemon. If neither works here, it reports why.
 */
import { basename } from "node:path";
import { type Duration, duration } from "../../domain/duration.ts";
import type { CanaryKind } from "../../domain/filter-definition.ts";
import { familyOf } from "../../domain/ip.ts";
import { type Port, portsOf } from "../../domain/port-scope.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import type { DialOutcome } from "../../host/services/dial.ts";
import type { DialKind, ServiceEndpoint } from "../../host/services/find-service.ts";
import { sendSyslogLine } from "../../host/logs/send-syslog-line.ts";
import type { Canary, CanaryWatch, Flight } from "../../pipeline/canary-watch.ts";
import { BY_HAND_ONLY } from "../../jails/by-hand.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { canaryName, ownLoopback, reservedAddress } from "./canary-name.ts";
import { markedLine } from "./marked-line.ts";
import type { Finding } from "./self-test-steps.ts";

export interface AttemptOptions {
  readonly live: LiveJail;
  readonly canaries: CanaryWatch;
  /** Describes where the jail's lines come from, for people. */
  readonly where: string;
}

export interface Attempted {
  readonly finding: Finding;
  /** The marked login on its way through the pipeline; undefined: no line was written. */
  readonly flight: Flight | undefined;
  readonly canary: Canary | undefined;
  /** The port on which the service was dialed; undefined: it was not dialed. */
  readonly port: Port | undefined;
}

/** Time limit of one login; a PAM that delays after a wrong password takes about three seconds. */
const DIAL_LIMIT: Duration = duration(10_000);
const MAX_EVIDENCE_LENGTH = 160;

export async function attemptLogin(options: AttemptOptions): Promise<Attempted> {
  const kind: CanaryKind = options.live.definition.canary ?? "syslog";
  if (kind === "syslog") return sendMarked(options, undefined);
  const dialled = await dialAny(options, kind);
  return dialled.finding.outcome === "impossible"
    ? sendMarked(options, dialled.finding.evidence)
    : dialled;
}

/** Dials one address after another, until one refuses the login as expected. */
async function dialAny(options: AttemptOptions, kind: DialKind): Promise<Attempted> {
  const { definition } = options.live;
  const { sshObstacle } = await import("../../host/services/dial-ssh.ts");
  const obstacle = kind === "ssh" ? sshObstacle() : undefined;
  if (obstacle !== undefined) return nothing({ outcome: "impossible", evidence: obstacle });
  // The filter names the program that is started as a service first.
  const program = definition.programs[0] ?? "the service that writes this log";
  const { places, ports } = await findPlaces(options.live, kind);
  const answers: string[] = [];
  let asked = true;
  for (const place of places) {
    const { dialled, flight, canary } = await dialOne(options, kind, place);
    const there = `${place.program ?? kind} at ${place.to} port ${place.port}`;
    if (dialled.kind === "refused") {
      const evidence = `${there} refused ${canary.user} from ${canary.from}: ${cut(dialled.answer)}`;
      const port: Port = { protocol: "tcp", number: place.port };
      return { finding: { outcome: "proven", evidence }, flight, canary, port };
    }
    if (dialled.kind === "let-in") {
      const evidence = `${there} LET IN ${canary.user}, who does not exist: ${cut(dialled.answer)}`;
      const fix = `check immediately how ${program} authenticates: it may accept any login`;
      return nothing({ outcome: "failed", evidence, fix });
    }
    answers.push(`${there}: ${cut(dialled.answer)}`);
    asked &&= dialled.kind !== "not-asked";
  }
  if (!asked) return nothing({ outcome: "impossible", evidence: answers.join("; ") });
  const looked = [...new Set(ports)];
  const evidence =
    answers.length === 0
      ? `cannot reach ${program}: no process is listening on ${looked.length === 1 ? "port" : "ports"} ${looked.join(", ")} in this network namespace`
      : `no answer: ${answers.join("; ")}`;
  const fix = `start ${program}; ss -ltnp shows which processes are listening`;
  return nothing({ outcome: "failed", evidence, fix });
}

interface FoundPlaces {
  readonly places: readonly ServiceEndpoint[];
  /** Ports on which the service was searched for, whichever process listens on them. */
  readonly ports: readonly number[];
}

async function findPlaces({ definition, jail }: LiveJail, kind: DialKind): Promise<FoundPlaces> {
  const names = await readPortNames();
  const ports = [
    ...portsOf(jail.config.ports),
    ...definition.ports.flatMap(
      (text) => names.get(text) ?? { protocol: "tcp", number: Number(text) },
    ),
  ].flatMap(({ protocol, number }) => (protocol === "tcp" && number > 0 ? [number] : []));
  const { findService } = await import("../../host/services/find-service.ts");
  const { programs } = definition;
  const places = findService({ kind, programs, ports });
  if (kind !== "ssh" || places.some(({ program }) => isOneOf(programs, program)))
    return { places, ports };
  // The listening process may be systemd or invisible; sshd's settings name its ports.
  const { readSshdPorts } = await import("../../host/logins/sshd-settings.ts");
  const all = [...(await readSshdPorts()), ...ports];
  return { places: findService({ kind, programs, ports: all }), ports: all };
}

/** Reports whether a process name is one of the programs. The kernel cuts names to 15 characters. */
function isOneOf(programs: readonly string[], command: string | undefined): boolean {
  return programs.some((name) => basename(name).slice(0, 15) === command);
}

interface DialledOnce {
  readonly dialled: DialOutcome;
  readonly flight: Flight;
  readonly canary: Canary;
}

async function dialOne(
  { canaries, live }: AttemptOptions,
  kind: DialKind,
  place: ServiceEndpoint,
): Promise<DialledOnce> {
  const own = familyOf(place.to) === "ipv4";
  // An IPv4 login comes from a random loopback address. Over IPv6 source and destination are the same address, which
  // other local clients use too.
  const from = own ? ownLoopback() : place.to;
  const canary: Canary = { user: canaryName(), from, address: own ? "own" : "shared" };
  const flight = canaries.release(canary);
  const { dialService } = await import("../../host/services/dial-service.ts");
  const path = live.jail.config.canary_path;
  const dial = { ...place, from, user: canary.user, limit: DIAL_LIMIT, path };
  return { dialled: await dialService(kind, dial), flight, canary };
}

/** Sends a marked line through syslog. `instead`: why the service was not dialed. */
async function sendMarked(
  options: AttemptOptions,
  instead: string | undefined,
): Promise<Attempted> {
  const { live, canaries, where } = options;
  const { definition, jail } = live;
  const canary: Canary = { user: canaryName(), from: reservedAddress("ipv4"), address: "shared" };
  const line = markedLine({ definition, filter: jail.filter, ...canary });
  const obstacle = unreachable(live) ?? (line === undefined ? NO_SAMPLE : undefined);
  const because = instead === undefined ? "" : `${instead}; `;
  if (obstacle !== undefined || line === undefined)
    return nothing({
      outcome: "impossible",
      evidence: `cannot be tested here: ${because}${obstacle ?? ""}`,
    });
  const flight = canaries.release(canary);
  const sent = await sendSyslogLine(line);
  if (!sent.ok) {
    const fix = "start the syslog daemon: systemctl restart rsyslog (or systemd-journald)";
    return nothing({
      outcome: "failed",
      evidence: `${because}a marked line for ${where}: ${sent.error}`,
      fix,
    });
  }
  const text = `a marked line was sent to /dev/log as ${line.tag}`;
  const finding: Finding =
    instead === undefined
      ? { outcome: "proven", evidence: `${text}: ${cut(line.text)}` }
      : { outcome: "impossible", evidence: `${instead}; instead ${text}` };
  return { finding, flight, canary, port: undefined };
}

const NO_SAMPLE = "no sample of the filter is a failed login with an address and a user";

/** Returns why a line sent through syslog cannot reach this jail. */
function unreachable({ definition, search }: LiveJail): string | undefined {
  const { source } = search;
  if (source === undefined) return "no log was found to read";
  if (source.kind === "none") return `${BY_HAND_ONLY}: it reads no log`;
  if (source.kind === "stdin" || source.kind === "command")
    return "its lines come from a program's output, which bailiff does not write";
  const [tag] = definition.programs;
  if (tag === undefined && source.kind === "journal")
    return "the journal itself says who wrote a line, so none of bailiff's passes for the service's";
  if (tag === undefined)
    return "its filter lists no program, so no line can be sent through syslog in its name";
  if (source.kind === "file") return undefined;
  const open = new Set([`SYSLOG_IDENTIFIER=${tag}`, "_TRANSPORT=syslog"]);
  const passes = source.matches.some((match) => match.every((field) => open.has(field)));
  return passes
    ? undefined
    : `the journal itself says who wrote a line, so none of bailiff's passes for ${tag}'s`;
}

function nothing(finding: Finding): Attempted {
  return { finding, flight: undefined, canary: undefined, port: undefined };
}

export function cut(text: string): string {
  const line = text.replaceAll("\n", " ").trim();
  return line.length <= MAX_EVIDENCE_LENGTH ? line : `${line.slice(0, MAX_EVIDENCE_LENGTH)}…`;
}
