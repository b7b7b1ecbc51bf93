/**
 * Every key of the configuration: kind, limits, default as an operator would write it, and meaning.
 * A new key is one entry here and its use: its type, its validation, the reference page and the page of defaults
 * follow from it. A key without `default` is optional.
 */
import type { Limits } from "./kinds/kind.ts";
import type { KindValues } from "./kinds/kinds.ts";

export interface Setting extends Limits {
  readonly is: keyof KindValues;
  readonly default?: unknown;
  /** What applies when there is no default, for the reference page. */
  readonly otherwise?: string;
  readonly meaning: string;
}

export type Settings = Readonly<Record<string, Setting>>;

/** The values of a table of settings. */
export type ValuesOf<S extends Settings> = { readonly [key in keyof S]: ValueOf<S[key]> };

type ValueOf<S> = S extends { readonly is: "choice"; readonly of: readonly (infer C)[] }
  ? C
  : S extends { readonly is: infer K extends keyof KindValues }
    ? KindValues[K] | (S extends { readonly default: unknown } ? never : undefined)
    : never;

export const DAEMON = {
  state: {
    is: "path",
    default: "/var/lib/bailiff",
    meaning: "Directory of the database: bans, positions in logs, history.",
  },
  socket: {
    is: "socket-path",
    default: "/run/bailiff/bailiff.sock",
    meaning: "Control socket that the commands talk to.",
  },
  socket_group: {
    is: "name",
    otherwise: "only the user that runs the daemon",
    meaning:
      "Group whose members may read through the control socket (status, bans, why, history, follow and so on). Changes stay with root and the daemon's own user.",
  },
  audit_keep: {
    is: "duration",
    min: 86_400_000,
    default: "365d",
    meaning:
      "How long bans, unbans and changes are kept in the database. Bans older than that no longer make the next one longer.",
  },
  log_format: {
    is: "choice",
    of: ["auto", "text", "journal", "json"],
    default: "auto",
    meaning:
      "Form of the daemon's own log: text for people, journal with priorities, JSON lines. auto: journal under systemd, else text.",
  },
} as const;

export const POLICY = {
  maxretry: {
    is: "integer",
    min: 1,
    max: 1000,
    default: 5,
    meaning: "Failures within findtime that lead to a ban.",
  },
  findtime: {
    is: "duration",
    min: 1000,
    max: 315_360_000_000,
    default: "10m",
    meaning: "Length of the sliding window in which failures count together.",
  },
  bantime: {
    is: "ban-length",
    min: 1000,
    default: "1h",
    meaning: "How long a first ban lasts.",
  },
  ignoreip: {
    is: "ignore-list",
    default: ["127.0.0.0/8", "::1"],
    meaning:
      "Who is never banned. Names are looked up in the background; the last answer stays when a lookup fails, also over a restart. The host's own addresses are always included.",
  },
  ipv6_prefix: {
    is: "integer",
    min: 32,
    max: 128,
    default: 64,
    meaning:
      "An IPv6 source is counted and banned by this prefix; alone where the prefix contains an exempt address, or where each address is another host (NAT64, Teredo, link-local).",
  },
  nat64_prefixes: {
    is: "nat64-list",
    default: [],
    meaning:
      "Prefixes by which NAT64 translators of this network show IPv4 hosts: each address in them is counted and banned alone. 64:ff9b::/96 and 64:ff9b:1::/48 always are.",
  },
  enforcer: {
    is: "choice",
    of: ["nftables", "memory"],
    default: "nftables",
    meaning: "What makes a ban real. memory only observes: it records bans and drops nothing.",
  },
  lockout_guard: {
    is: "duration",
    min: 0,
    max: 2_592_000_000,
    default: "1h",
    meaning:
      "How long an address with a logged-in user is exempt, counted from its first offense; after that it is banned like any other. At most 20 offenses, and once a day after a new login. 0s: never exempt.",
  },
  key_login: {
    is: "duration",
    min: 0,
    max: 7_776_000_000,
    default: "24h",
    meaning:
      "For so long after a login by key its address counts as one where somebody is logged in. 0s: only while the session lasts.",
  },
  shared: {
    is: "choice",
    of: ["threshold", "short", "ports", "report", "ban"],
    default: "threshold",
    meaning:
      "What is done about an address from which three or more accounts have logged in within 30 days. threshold: it takes three times maxretry. short: a sixth of bantime. ports: only the ports of the filter, when the jail names none. report: an event, no ban. ban: as any other.",
  },
  bans_per_minute: {
    is: "integer",
    min: 0,
    max: 100_000,
    default: 1000,
    meaning:
      "One rule bans at most so many addresses within a minute, those with most failures first; the others wait (of IPv6, all of a /48 count as one). A rule that would ban five addresses within an hour from which people have logged in is stopped until `bailiff breaker reset`. 0: no limit, and no rule is ever stopped.",
  },
  canary: {
    is: "duration",
    min: 0,
    default: "1d",
    meaning:
      "How often the daemon tries itself: a failed login of a one-time user, followed to a dropped packet, as bailiff verify does. 0s turns it off.",
  },
} as const;

export const INCREMENT = {
  enabled: {
    is: "switch",
    default: true,
    meaning: "Whether repeat offenders are banned for longer.",
  },
  multipliers: {
    is: "multipliers",
    default: [1, 4, 24, 168],
    meaning:
      'Bantime times the first for the first ban, the second for the second, the last for all later ones. "forever": that ban never ends.',
  },
  maxtime: {
    is: "duration",
    min: 1000,
    default: "30d",
    meaning: "No ban grows beyond this.",
  },
  jitter: {
    is: "duration",
    min: 0,
    default: "5m",
    meaning:
      "Up to this much, and at most a tenth of the ban, is added at random, so that the end of a ban cannot be foreseen.",
  },
  overalljails: {
    is: "switch",
    default: true,
    meaning: "Whether earlier bans in other jails count as well.",
  },
} as const;

export const JAIL = {
  enabled: {
    is: "switch",
    default: true,
    meaning: "false turns the jail off.",
  },
  filter: {
    is: "name",
    otherwise: "the jail's name",
    meaning: "Filter that recognizes failures in the lines.",
  },
  mode: {
    is: "choice",
    of: ["normal", "aggressive"],
    default: "normal",
    meaning:
      "aggressive also counts noise before authentication, such as scans and broken connections.",
  },
  source: {
    is: "source",
    default: "auto",
    meaning:
      "Where the lines come from. auto: the journal or the file, wherever the filter's lines really are. stdin: the daemon's standard input. A journal of \"all\" takes every entry but the daemon's own.",
  },
  ports: {
    is: "ports",
    default: "all",
    meaning:
      "Ports a ban closes. Names mean every protocol the host lists; a number or range means TCP.",
  },
  actions: {
    is: "actions",
    default: [],
    meaning:
      "Commands that run beside the firewall: each a table [[jails.NAME.actions]] with a name and shell texts for start, stop, flush, check, repair, ban, unban, reban, prolong and reload, or python (a file of fail2ban's kind) with options. Tags such as <ip>, <matches> and <F-USER> are given as environment variables, other tags are keys of its properties. timeout (60s) bounds a command; norestored skips bans of before a start; exclusive names a word: actions that share it run one command at a time. They can neither delay nor prevent a ban.",
  },
  ignorecommand: {
    is: "shell",
    default: "",
    meaning:
      "Shell text that is asked about an offender before it is banned: exit code 0, and it is not. Empty: nobody is asked. Tags as in actions. It has five seconds, in which everything else goes on; without an answer the ban comes.",
  },
  ignorecommand_keep: {
    is: "duration",
    min: 0,
    max: 2_592_000_000,
    default: "5m",
    meaning: "How long its answer about an address holds.",
  },
  canary_path: {
    is: "path",
    default: "/",
    meaning: "Of a web server: a path that asks for a password, where a canary fails to log in.",
  },
} as const;

export const FILTERS = {
  directories: {
    is: "paths",
    default: ["/etc/bailiff/filters"],
    meaning:
      "Directories of your own filters, one TOML file each. They are added to the shipped ones; one of the same name replaces the shipped one, one that says extends adds its rules to it.",
  },
} as const;

export const WEBHOOK = {
  url: {
    is: "http-url",
    otherwise: "nobody is told",
    meaning:
      "Where notices are posted as JSON. It may hold a token: it is never logged or shown. Keep the file readable by root alone, or use url_file.",
  },
  url_file: {
    is: "path",
    otherwise: "url is used",
    meaning:
      "File that holds the address instead, such as a systemd credential. It is read anew for each post.",
  },
  min_interval: {
    is: "duration",
    min: 1000,
    max: 86_400_000,
    default: "1m",
    meaning: "Minimum time between two posts; events in between are sent together in the next one.",
  },
  least: {
    is: "choice",
    of: ["error", "warn", "info"],
    default: "info",
    meaning:
      "What is worth a notice. error: nothing protects or something was lost. warn: also what is degraded, moved or guarded. info: also that it is well again.",
  },
} as const;

export const FAIL2BAN = {
  directory: {
    is: "path",
    otherwise: "no fail2ban configuration is read",
    meaning:
      "fail2ban's configuration directory, such as /etc/fail2ban: its enabled jails run here as well, read anew at every reload.",
  },
  socket: {
    is: "socket-path",
    otherwise: "none is opened",
    meaning:
      "Second socket, for root alone, that speaks fail2ban's protocol: /run/fail2ban/fail2ban.sock is where fail2ban-client and monitoring look for it.",
  },
  log: {
    is: "path",
    otherwise: "none is written",
    meaning:
      "Log in fail2ban's own form, such as /var/log/fail2ban.log, for what reads that: its recidive jail, exporters, log shippers.",
  },
} as const;

/** A table of the file: its keys and the tables inside it. */
export interface TableShape {
  readonly keys: Settings;
  readonly tables: Readonly<Record<string, TableShape>>;
}

/** Keys of [jails.NAME]: its own, and every one of [defaults]. */
export const JAIL_SHAPE: TableShape = {
  keys: { ...JAIL, ...POLICY },
  tables: { increment: { keys: INCREMENT, tables: {} } },
};

/** All tables but [jails], whose names are the operator's. */
export const ROOT_SHAPE: TableShape = {
  keys: {},
  tables: {
    daemon: { keys: DAEMON, tables: {} },
    defaults: { keys: POLICY, tables: { increment: { keys: INCREMENT, tables: {} } } },
    filters: { keys: FILTERS, tables: {} },
    fail2ban: { keys: FAIL2BAN, tables: {} },
    notify: { keys: {}, tables: { webhook: { keys: WEBHOOK, tables: {} } } },
  },
};
