/**
 * Assesses this host: collects facts, asks the daemon, and replays the last weeks of the logs. The replay uses the
 * configured policy. Changes nothing, and works without a daemon.
 */
import { join } from "node:path";
import { type Config, enabledJails } from "../config/config.ts";
import { connectControl } from "../control/client.ts";
import { type AllowList, createAllowList } from "../detect/allow-list.ts";
import { ALWAYS_EXEMPT } from "../detect/always-exempt.ts";
import { addressScope } from "../domain/address-scope.ts";
import { parseSubject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { CodedError } from "../domain/errors.ts";
import type { DaemonFacts, HostFacts, SshFacts, UnbanFacts } from "../domain/host-facts.ts";
import { instant } from "../domain/instant.ts";
import { familyOf, parseIp } from "../domain/ip.ts";
import { type Assessment, assess } from "./assess/assess.ts";

export type { Assessment };
import type { LocalOffset } from "../parse/header/timestamp.ts";
import { groupMembers } from "../host/process/accounts.ts";
import { findProgram } from "../host/process/find-program.ts";
import { hostAddresses, ownAddresses } from "../host/host.ts";
import type { FilteredPort } from "../host/kernel/input-filter.ts";
import { readLogForwarding } from "../host/logs/log-forwarding.ts";
import { type LoginAccounts, readLoginAccounts } from "../host/logins/login-accounts.ts";
import { readPacketFilters } from "../host/kernel/packet-filters.ts";
import { readSecondFactors } from "../host/logins/second-factors.ts";
import { findSshSockets } from "../host/logins/ssh-sockets.ts";
import { includesDropIns, readSshdSettings } from "../host/logins/sshd-settings.ts";
import { readPortNames } from "../host/services/port-names.ts";
import { unitState } from "../host/process/unit-state.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { Loaded } from "../jails/load-all.ts";
import { replayTraffic } from "./replay-traffic.ts";

export interface AssessOptions {
  readonly loaded: Loaded;
  /** Control socket of the daemon, whether it runs or not. */
  readonly socket: string;
  /** The caller's environment variable SSH_CONNECTION (ssh(1)). */
  readonly sshConnection: string | undefined;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly signal: AbortSignal;
}

const UNIT_FILES = join(import.meta.dirname, "../../packaging/systemd/bailiff*.service");
/** How far back logs are replayed: guessing comes in waves of weeks, and most logs are kept for four weeks. */
const PERIOD: Duration = duration(28 * 86_400_000);
/** Time limit of the replay, for which an administrator waits. */
const LIMIT: Duration = duration(20_000);

export async function assessHost(options: AssessOptions): Promise<Assessment> {
  const { loaded, clock } = options;
  const accounts = readLoginAccounts();
  const asked = await askDaemon(options.socket);
  const allowed = allowedBy(loaded.config, asked.allowed);
  const ssh = await readSsh(accounts);
  const [filters, traffic] = await Promise.all([
    readPacketFilters(waysIn(ssh)),
    replayTraffic({
      ...options,
      containers: loaded.config.containers,
      jails: compileJails(enabledJails(loaded.config), loaded, []).jails,
      allowed,
      ports: await readPortNames(),
      isAccount: (name) => accounts.all.has(name),
      period: PERIOD,
      limit: LIMIT,
    }),
  ]);
  const facts: HostFacts = {
    now: clock.now(),
    ssh,
    accounts: accounts.passwords,
    inputFilter: filters.input,
    firewall: filters.firewall,
    traffic,
    logs: readLogForwarding(),
    unban: readUnban(options, allowed),
    daemon: asked.facts,
    unitFiles: UNIT_FILES,
  };
  return assess(facts);
}

/** Returns the ports to look up in the packet filter: each port that other hosts may reach, by family. */
function waysIn({ listening }: SshFacts): readonly FilteredPort[] {
  const sockets = listening.known ? listening.value : [];
  const open = sockets.filter(({ scope }) => scope !== "loopback");
  return open.map(({ address, port }) => ({ port, family: familyOf(address) }));
}

async function readSsh(accounts: LoginAccounts): Promise<SshFacts> {
  const { sockets, pid } = findSshSockets([]);
  const settings = await readSshdSettings({ pid, accounts: accounts.withShell });
  const none = sockets.known && sockets.value.length === 0;
  return {
    // If no socket of sshd is visible, systemd may listen for it; sshd's settings name the ports.
    listening: none && settings.known ? findSshSockets(settings.value.ports).sockets : sockets,
    publicAddresses: ownAddresses().filter((ip) => addressScope(ip) === "public"),
    settings,
    installed: findProgram("sshd") !== undefined,
    secondFactors: readSecondFactors(),
    dropIns: includesDropIns(),
    unit: unitState("ssh.service") === "absent" ? "sshd" : "ssh",
  };
}

interface Asked {
  readonly facts: DaemonFacts;
  /** Subjects that the daemon reports as exempt; undefined: the daemon was not asked. */
  readonly allowed: readonly string[] | undefined;
}

async function askDaemon(socket: string): Promise<Asked> {
  try {
    await using client = await connectControl(socket);
    const status = await client.request("status", {});
    const allowed = await client.request("allowed", {});
    return {
      facts: {
        kind: "running",
        version: status.version,
        state: status.state,
        jailsInState: status.jails
          .filter(({ state }) => state === status.state && state !== "protecting")
          .map(({ name }) => name),
        since: instant(Date.parse(status.started_at)),
        banned: status.banned_total,
        enforcing: status.enforcer.enforcing,
      },
      allowed: allowed.map(({ subject }) => subject),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const denied = error.code === "permission-denied";
    return {
      facts: denied ? { kind: "unknown", why: error.message } : { kind: "not-running" },
      allowed: undefined,
    };
  }
}

/**
 * Returns the exempt subjects that the daemon reports, else the configured ones. Only the daemon resolves names in
 * ignoreip.
 */
function allowedBy(config: Config, said: readonly string[] | undefined): AllowList {
  const configured = config.jails.flatMap(({ ignoreip }) =>
    ignoreip.flatMap((entry) => (entry.kind === "subject" ? [entry.subject] : [])),
  );
  const subjects = [
    ...configured,
    ...hostAddresses().map(({ subject }) => subject),
    ...(said ?? []).flatMap((text) => parseSubject(text) ?? []),
  ];
  const entries = [...new Set(subjects)].map((subject) => ({ subject, because: "allowed" }));
  return createAllowList([...ALWAYS_EXEMPT, ...entries]);
}

function readUnban({ loaded, sshConnection }: AssessOptions, allowed: AllowList): UnbanFacts {
  const group = loaded.config.daemon.socket_group;
  const peer = parseIp(sshConnection?.split(" ")[0] ?? "");
  const ownSubjects = new Set<string>([
    ...hostAddresses().map(({ subject }) => subject),
    ...ALWAYS_EXEMPT.map(({ subject }) => subject),
  ]);
  const people = allowed.entries.filter(({ subject }) => !ownSubjects.has(subject));
  return {
    socketGroup: group,
    socketGroupMembers: group === undefined ? [] : groupMembers(group),
    administrators: [...new Set(["sudo", "wheel", "admin"].flatMap(groupMembers))],
    allowed: people.length,
    caller:
      peer === undefined ? undefined : { ip: peer, allowed: allowed.covers(peer) !== undefined },
  };
}
