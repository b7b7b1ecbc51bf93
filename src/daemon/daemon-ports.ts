/**
 * Defines ports to everything outside the daemon: time, randomness, the host, log lines and a firewall.
 * `system-ports.ts` implements them for production.
 */
import type { AlarmClock } from "../domain/clock.ts";
import type { Ip } from "../domain/ip.ts";
import type { HostAddress } from "../host/host.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { watchAddresses } from "../host/kernel/address-watch.ts";
import type { ServiceWatch } from "../host/services/watch-services.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import type { SpareMemory } from "../host/process/spare-memory.ts";
import type { SshPeer } from "../host/logins/ssh-peer.ts";
import type { LiveSessions } from "../host/logins/live-sessions.ts";
import type { SearchedJail, SourceSearch, Wanting } from "../pipeline/sources/find-sources.ts";
import type { FirewallPort } from "../firewall/firewall-port.ts";
import type { JailCheck } from "../health/jail-check.ts";
import type { LineCheckOptions, PathCheckOptions } from "./proving.ts";
import type { OpenPrograms } from "../health/program-drift.ts";
import type { PlannedSource, Watch } from "../pipeline/sources/source-plan.ts";
import type { ListDoubts } from "./report-configuration.ts";
import type { AttemptLogin } from "../health/canary/verify.ts";

export interface DaemonPorts {
  readonly clock: AlarmClock;
  /** Returns a random number in [0, 1). */
  readonly chance: () => number;
  readonly host: HostPort;
  readonly sources: SourcePort;
  readonly firewall: FirewallPort;
}

/** The machine the daemon runs on. */
export interface HostPort {
  readonly name: string;
  readonly sessions: LiveSessions;
  readonly localOffset: LocalOffset;
  readonly runShell: RunShell;
  readonly hostAddresses: () => readonly HostAddress[];
  /** Returns the addresses of a name; throws if it has none. */
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly watchAddresses: typeof watchAddresses;
  readonly watchServices: (onChange: () => void) => ServiceWatch;
  /** Returns the client of the SSH session in which the daemon was started; undefined: none. */
  readonly ownPeer: () => SshPeer | undefined;
  /** Applies a change of the host's time zone, and returns the present zone. `before`: its last result. */
  followTimeZone(before: string | undefined): string | undefined;
  openSpareMemory(): Promise<SpareMemory>;
  /** Lists settings that have an unexpected effect on this host. */
  readonly listDoubts: ListDoubts;
  readonly openPrograms: OpenPrograms;
  /** Makes the failed login of a self-test. */
  readonly attemptLogin: AttemptLogin;
  /** Opens the check of how packets reach the service through bailiff's firewall chain. */
  readonly openPathCheck: (options: PathCheckOptions) => JailCheck;
  /** Opens the checks of how lines get from the service to the reader, in the order in which findings are reported. */
  openLineChecks(options: LineCheckOptions): readonly JailCheck[];
}

/** Where log lines are, and their readers. */
export interface SourcePort {
  find(searched: SearchedJail, clock: AlarmClock, wanting?: Wanting): Promise<SourceSearch>;
  plan(watches: readonly Watch[]): readonly PlannedSource[];
}
