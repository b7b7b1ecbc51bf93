/**
 * Defines the facts that `assess` collects about a host. Read by host/ and daemon/, judged by health/. A fact that
 * cannot be read has a reason, so that nothing is guessed. Contains no secrets, and only user names of existing
 * accounts: a name of a failed login is often a password typed in the wrong place.
 */
import type { Subject } from "./cidr.ts";
import type { AddressScope } from "./address-scope.ts";
import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

export interface HostFacts {
  readonly now: Instant;
  readonly ssh: SshFacts;
  readonly accounts: Known<AccountFacts>;
  /** What filters traffic between the internet and the host's SSH ports, as far as this host knows. */
  readonly inputFilter: Known<InputFilterFacts>;
  readonly traffic: TrafficFacts;
  readonly logs: LogKeepingFacts;
  readonly firewall: FirewallFacts;
  readonly unban: UnbanFacts;
  readonly daemon: DaemonFacts;
  /** Paths of the systemd units that are shipped with bailiff, as a shell pattern. */
  readonly unitFiles: string;
}

export interface SshFacts {
  /** Sockets on which SSH is served; empty: no process listens. */
  readonly listening: Known<readonly SshSocket[]>;
  /** Addresses of this host's interfaces that the internet could reach. */
  readonly publicAddresses: readonly Ip[];
  readonly settings: Known<SshdSettings>;
  /** Whether sshd is installed at all. */
  readonly installed: boolean;
  /** Modules in sshd's PAM stack that require a second factor. */
  readonly secondFactors: Known<readonly string[]>;
  /** Whether sshd's file includes those of sshd_config.d, as Debian's and Red Hat's do. */
  readonly dropIns: boolean;
  /** "ssh" on Debian, "sshd" elsewhere. */
  readonly unit: string;
}

export interface SshSocket {
  readonly address: Ip;
  readonly port: number;
  readonly scope: AddressScope;
}

export interface SshdSettings {
  /** Settings of a remote user whom no Match block names. */
  readonly general: SshdRules;
  readonly root: SshdRules;
  /** Existing accounts with different rules (Match). */
  readonly exceptions: readonly { readonly account: string; readonly rules: SshdRules }[];
  readonly ports: readonly number[];
  /** The command that was run, for display. */
  readonly from: string;
}

/** Settings of one user, according to `sshd -T`. */
export interface SshdRules {
  /** The settings that allow a password; empty: none does. */
  readonly passwordBy: readonly string[];
  /** Whether a password alone is sufficient; false also when AuthenticationMethods requires more. */
  readonly passwordIsEnough: boolean;
  readonly emptyPasswords: boolean;
  readonly rootLogin: "yes" | "without-password" | "forced-commands-only" | "no";
  readonly authenticationMethods: string;
  /** Whether every alternative requires two methods. */
  readonly severalMethods: boolean;
  /** "AllowUsers alice bob": one text per setting that limits who may log in. */
  readonly limits: readonly string[];
}

export interface AccountFacts {
  /** Number of accounts with a login shell and a password (no hash is kept anywhere). */
  readonly withPassword: number;
  readonly withoutAnyPassword: number;
  readonly rootHasPassword: boolean;
  /** Sources of accounts besides /etc/passwd: "sss", "ldap". */
  readonly elsewhere: readonly string[];
}

/** How a new connection from anywhere to a port is treated. limited: some sources or rates only. */
export interface InputFilterFacts {
  readonly verdict: "open" | "accepted" | "limited" | "closed" | "unclear";
  /** For display: which chains, policies and rules decide. */
  readonly evidence: readonly string[];
}

export interface TrafficFacts {
  readonly since: Instant;
  readonly jails: readonly JailTraffic[];
  /** Reasons why logs were not read completely; empty if they were. */
  readonly cut: readonly string[];
  /** Jails without any log, and where it was searched for. */
  readonly missing: readonly { readonly jail: string; readonly looked: string }[];
}

/** One jail's traffic under its configured policy, replayed at the times in its log. */
export interface JailTraffic {
  readonly jail: string;
  readonly filter: string;
  readonly where: string;
  readonly policy: string;
  readonly lines: number;
  /** Times of the first and last line that a rule recognized. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
  readonly attempts: number;
  readonly addresses: number;
  /** Whether there were more addresses than are remembered. */
  readonly moreAddresses: boolean;
  /** Traffic from public addresses. `last` includes successes, because they also show that the service is reachable. */
  readonly outside: {
    readonly attempts: number;
    readonly addresses: number;
    readonly last: Instant | undefined;
  };
  readonly top: readonly { readonly subject: Subject; readonly attempts: number }[];
  readonly bans: number;
  /** Subjects that would have been banned if they were not exempt, the first ones. */
  readonly exempt: readonly Subject[];
  /** Attempts that a ban would have refused. */
  readonly refused: number;
  /** Subjects that failed but were never banned: they may be slow attackers. */
  readonly slow: {
    readonly subjects: number;
    readonly attempts: number;
    /** Networks with several of these subjects, the one with most attempts first. */
    readonly networks: readonly {
      readonly network: Subject;
      readonly addresses: number;
      readonly attempts: number;
    }[];
    /** Existing accounts that several of these subjects tried. */
    readonly accounts: readonly {
      readonly account: string;
      readonly addresses: number;
      readonly attempts: number;
    }[];
  };
  readonly successes: {
    readonly count: number;
    readonly outside: number;
    readonly byPassword: number;
    /** Networks of these addresses, the most frequent first. */
    readonly networks: readonly Subject[];
    readonly moreNetworks: boolean;
    /** Logins after many failures from the same address: a guess may have succeeded. */
    readonly afterFailures: readonly {
      readonly ip: Ip;
      readonly failures: number;
      readonly account: string | undefined;
      readonly at: Instant;
    }[];
  };
  /** Addresses from which several accounts logged in. */
  readonly shared: readonly { readonly ip: Ip; readonly accounts: number }[];
}

export interface LogKeepingFacts {
  /** Rules and programs that send logs elsewhere. */
  readonly forwards: readonly string[];
  /** What was examined and could not be judged. */
  readonly unclear: readonly string[];
  readonly rsyslog: "running" | "configured" | "absent";
  /** Whether the journal survives a reboot. */
  readonly journal: Known<"persistent" | "volatile" | "none">;
}

export interface FirewallFacts {
  /** Front ends and kernel rule stores in use: "nftables (2 tables)", "firewalld". */
  readonly inUse: readonly string[];
  /** Whether both nftables and legacy iptables have rules. */
  readonly mixed: boolean;
  /** Other programs that ban, running now. */
  readonly otherBanners: readonly string[];
  readonly frontEnd: "ufw" | "firewalld" | "none";
  readonly bootedWithSystemd: boolean;
  readonly bailiffUnit: "enabled" | "installed" | "absent";
  readonly nftablesUnit: "enabled" | "installed" | "absent";
  readonly bailiffTable: Known<boolean>;
}

export interface UnbanFacts {
  readonly socketGroup: string | undefined;
  readonly socketGroupMembers: readonly string[];
  /** Accounts in the groups sudo, wheel or admin. */
  readonly administrators: readonly string[];
  /** Number of entries of ignoreip beyond loopback, and of the daemon's allow-list. */
  readonly allowed: number;
  /** The SSH client address of this command, and whether it is allowed. */
  readonly caller: { readonly ip: Ip; readonly allowed: boolean } | undefined;
}

export type DaemonFacts =
  | {
      readonly kind: "running";
      readonly version: string;
      readonly state: string;
      /** The jails in this state, if it is not the best one. */
      readonly jailsInState: readonly string[];
      readonly since: Instant;
      readonly banned: number;
      readonly enforcing: boolean;
    }
  | { readonly kind: "not-running" }
  | { readonly kind: "unknown"; readonly why: string };
