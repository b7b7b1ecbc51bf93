/** Lists the keys of [jails.NAME] and [defaults], in the form of schema.ts. */

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
      "Addresses that are never banned. Names are looked up in the background; the last answer stays when a lookup fails, also over a restart. The host's own addresses are always included.",
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
  trusted_proxies: {
    is: "proxy-list",
    otherwise: "the peer of a line is the client",
    meaning:
      'Reverse proxies in front of the service, whose word counts for the client\'s address: addresses, networks, and the content delivery networks "cloudflare", "fastly", "cloudfront" and "akamai". The client is the first hop from the right of the line\'s forwarded addresses that is none of them; a proxy itself is never banned. Name only proxies that append their peer\'s address to the header, or replace it. [] says that no proxy is in front, so that an address that looks like one is banned as any other.',
  },
  client_field: {
    is: "text",
    otherwise: "what the filter says",
    meaning:
      'Key of the field of structured lines in which a trusted proxy\'s header with one address is logged (CF-Connecting-IP, True-Client-IP, X-Real-IP, Fastly-Client-IP), as in "http_cf_connecting_ip" or "request.headers.Cf-Connecting-Ip". It is read instead of the forwarded addresses that the filter knows, and like them only if the peer is in trusted_proxies. Without exactly one address there the client is unknown.',
  },
  enforcer: {
    is: "enforcer-list",
    default: "auto",
    meaning:
      'What makes a ban real: one enforcer or a list, each the name of a kind or of a table [enforcers.NAME]. "auto" is nftables wherever it works, else iptables. "memory" only observes: it records bans and drops nothing.',
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
      "For so long after a login by key its address counts as one where a user is logged in. 0s: only while the session lasts.",
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
      "Maximum number of addresses that one rule bans within a minute, those with most failures first; the others wait (of IPv6, all of a /48 count as one). A rule that would ban five addresses within an hour from which users have logged in is suspended until `bailiff breaker reset`. 0: no limit, and no rule is ever suspended.",
  },
  canary: {
    is: "duration",
    min: 0,
    default: "1d",
    meaning:
      "How often the daemon tries itself: a failed login of a one-time user, followed to a dropped packet, as bailiff verify does. 0s turns it off.",
  },
  actions: {
    is: "actions",
    default: [],
    meaning:
      "What runs beside the firewall when bans begin and end: names of tables [actions.NAME], or tables [[jails.NAME.actions]] of fail2ban's kind with a name and shell texts for start, stop, flush, check, repair, ban, unban, reban, prolong and reload, or python (a file) with options. In those, tags such as <ip>, <matches> and <F-USER> are given as environment variables, other tags are keys of its properties; timeout (60s) bounds a command; norestored skips bans of before a start; exclusive names a word: actions that share it run one command at a time. No action can delay or prevent a ban.",
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
    meaning:
      "Repeated bans grow no longer than this. A longer `bantime` takes precedence, and then `jitter` comes on top of it.",
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

export const DETECT = {
  slow: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "act",
    meaning: "Addresses that fail again and again below maxretry: twice maxretry within 3 days.",
  },
  evidence: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "act",
    meaning:
      "Attempts that show more than a wrong password count more: a further user that does not exist counts twice, a honeypot user or path as maxretry.",
  },
  honeypot_users: {
    is: "user-list",
    default: [],
    meaning:
      "User names that nobody here has: who tries one is banned at the first attempt, if evidence is act.",
  },
  honeypot_paths: {
    is: "path-list",
    default: [],
    meaning:
      "Paths that no page of this web server leads to: who requests one, or anything below it, is banned at the first request, if evidence is act. However the path is spelled. Only for filters that say where their lines have it (honeypot_line, honeypot_record), such as access-log.",
  },
  siege: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "report",
    meaning:
      "While many addresses fail from which nobody has logged in, those are banned after one or two attempts for names that nobody logs in with, and for longer, and addresses with a login may fail twice as often.",
  },
  campaigns: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "report",
    meaning:
      "Many more new addresses than usual fail within an hour or a day. act bans a member at its first or second failure.",
  },
  accounts: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "report",
    meaning:
      "Many addresses try one user's account, or a few passwords for many accounts. act bans a member at its first or second failure.",
  },
  subnets: {
    is: "choice",
    of: ["act", "report", "off"],
    default: "report",
    meaning:
      "Networks of which eight addresses fail at least twice each within a week (32 of an IPv4 /20 or IPv6 /48), and from which nobody has logged in. act bans the network.",
  },
  open_registration: {
    is: "switch",
    default: false,
    meaning:
      "Whether anybody can register an account at the service. A login then only shows that failures of the same account are typing errors, and exempts neither the address nor its network from detectors.",
  },
} as const;

/** TOML that turns all detectors off, for a policy of fail2ban, which has none. */
export const NO_DETECTORS: string = `detect = { ${Object.entries(DETECT)
  .filter(([, setting]) => setting.is === "choice")
  .map(([key]) => `${key} = "off"`)
  .join(", ")} }`;

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
    of: ["normal", "aggressive", "abuse"],
    default: "normal",
    meaning:
      "aggressive also counts noise before authentication, such as scans and broken connections. abuse counts that too, and use of a service against its purpose: probes for things it does not have, spam, relaying.",
  },
  unverified: {
    is: "switch",
    default: false,
    meaning:
      "Whether rules count that were not verified on real logs (unverified = true in the filter).",
  },
  source: {
    is: "source",
    default: "auto",
    meaning:
      "Where the lines come from. auto: the journal or the file, wherever the filter's lines really are. stdin: the daemon's standard input. none: nothing is read, the jail is for bans by hand and needs no filter. A journal of \"all\" takes every entry but the daemon's own.",
  },
  container_prefix: {
    is: "name",
    otherwise: "lines begin with no name of a container",
    example: "web",
    meaning:
      "Service of Docker Compose, or container of Kubernetes, whose lines count where the log is the output of `docker compose logs` (`web-1  | text`) or `kubectl logs --prefix` (`[pod/web-7d4/web] text`). The prefix is removed, and lines of other containers are ignored.",
  },
  time_zone: {
    is: "text",
    otherwise: "the filter's, else this host's",
    example: "Europe/Berlin",
    meaning:
      'Zone of all times in the log that name none: "UTC", an offset such as "+02:00", or a name such as "Europe/Berlin", with its daylight saving time.',
  },
  time_format: {
    is: "text",
    otherwise: "the filter's, else every generally known form",
    example: "%d.%m.%Y %H:%M:%S",
    meaning:
      'Form of the times that the service writes, as in "%d.%m.%Y %H:%M:%S": %Y %y %m %b %d %e %a %H %I %p %M %S %f %z %Z, %s alone for seconds since 1970, %% for a percent sign. Lines without such a time are counted (bailiff status JAIL), and those of before a start do not count as failures.',
  },
  ports: {
    is: "ports",
    default: "all",
    meaning:
      "Ports a ban closes. Names mean every protocol the host lists; a number or range means TCP.",
  },
  ignorecommand: {
    is: "shell",
    default: "",
    meaning:
      "Shell text that runs before an address is banned; exit code 0 exempts the address. Empty: no command runs. Tags as in actions. It has five seconds, while everything else continues; without an answer the address is banned.",
  },
  ignorecommand_keep: {
    needs: { keys: ["ignorecommand"] },
    is: "duration",
    min: 0,
    max: 2_592_000_000,
    default: "5m",
    meaning: "How long its answer about an address is used.",
  },
  canary_path: {
    is: "path",
    example: "/admin/",
    default: "/",
    meaning: "Of a web server: a path that asks for a password, where a canary fails to log in.",
  },
} as const;
