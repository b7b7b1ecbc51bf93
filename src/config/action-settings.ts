/** Lists the keys of [actions.NAME] for each kind of action, in the form of schema.ts. */

/** Keys of every table [actions.NAME]. */
export const ACTION = {
  kind: {
    is: "choice",
    of: ["command", "log", "abuseipdb", "blocklist-de", "xarf"],
    required: "command",
    meaning: "What the action does; it decides which other keys are valid.",
  },
} as const;

export type ActionKind = (typeof ACTION)["kind"]["of"][number];

export const ACTION_KINDS: readonly ActionKind[] = ACTION.kind.of;

export const COMMAND_ACTION = {
  ban: {
    is: "argv",
    otherwise: "nothing runs",
    meaning:
      "Program and arguments that run when a ban begins, never through a shell. Placeholders: {ip}, {jail}, {filter}, {rule}, {reason}, {user} (the account of the last failure), {failures}, {from}, {until} (ISO 8601, or forever), {bantime} (seconds, -1 is permanent), {origin}, {change} (ban or unban) and {host}; {{ip}} stands for the text {ip}. {user} and {reason} may be a client's text: if one would begin an argument with -, @, < or +, that character is escaped, but not behind other text, as in name={user}.",
  },
  unban: {
    is: "argv",
    example: ["/usr/local/bin/router", "unblock", "{ip}"],
    otherwise: "nothing runs",
    meaning:
      "The same for the end of a ban. A ban whose command has not run yet when it ends needs none.",
  },
  timeout: {
    is: "duration",
    min: 100,
    max: 3_600_000,
    default: "30s",
    meaning:
      "Time limit of each command; then its process group is killed. A command that fails is tried twice more, after 2 and 10 seconds.",
  },
  parallel: {
    is: "integer",
    min: 1,
    max: 16,
    default: 4,
    meaning: "How many commands run at a time. Those for one ban keep their order.",
  },
} as const;

export const LOG_ACTION = {
  to: {
    is: "choice",
    of: ["journal", "syslog"],
    default: "journal",
    meaning:
      "Where each ban, extension and unban is written: as an entry of the journal with structured fields, or as a line to /dev/log.",
  },
  tag: {
    is: "name",
    default: "bailiff-bans",
    meaning: "Program name of the entry (SYSLOG_IDENTIFIER).",
  },
  facility: {
    is: "choice",
    of: [
      "daemon",
      "auth",
      "authpriv",
      "user",
      "local0",
      "local1",
      "local2",
      "local3",
      "local4",
      "local5",
      "local6",
      "local7",
    ],
    default: "daemon",
    meaning: "Facility of a line to syslog, which selects the file into which it is written.",
  },
} as const;

export const ABUSEIPDB_ACTION = {
  key_file: {
    is: "path",
    required: "/etc/bailiff/abuseipdb.key",
    meaning:
      "File with the key of the API, which only root or the daemon's user may own and read, or a systemd credential. It is read for each report, and never logged or shown.",
  },
  lines: {
    is: "switch",
    default: false,
    meaning:
      "Whether the comment, which everybody can read, contains the log lines of the ban. They contain names of users and of this host.",
  },
  daily_limit: {
    is: "integer",
    min: 1,
    max: 100_000,
    default: 1000,
    meaning:
      "Maximum number of reports a day (UTC). Further ones wait for the next day, up to 500 for up to a day. A free account has 1000.",
  },
  url: {
    is: "http-url",
    default: "https://api.abuseipdb.com/api/v2/report",
    meaning: "Where reports are posted.",
  },
} as const;

export const BLOCKLIST_DE_ACTION = {
  server: {
    is: "text",
    required: "reports@example.org",
    meaning: "E-mail address or number of the server in the profile at blocklist.de.",
  },
  key_file: {
    is: "path",
    required: "/etc/bailiff/blocklist-de.key",
    meaning: "File with the key of that server, as of abuseipdb.",
  },
  service: {
    is: "name",
    example: "ssh",
    otherwise: "the first port of the filter, such as ssh, or all",
    meaning: "Service that is said to be attacked.",
  },
  lines: {
    is: "switch",
    default: false,
    meaning:
      "Whether the report contains the log lines of the ban, which are passed on to the network's owner. They contain names of users and of this host. Without them, it has a line with the time of each attempt.",
  },
  daily_limit: {
    is: "integer",
    min: 1,
    max: 100_000,
    default: 1000,
    meaning:
      "Maximum number of reports a day (UTC). Further ones wait for the next day, up to 500 for up to a day.",
  },
  url: {
    is: "http-url",
    default: "https://www.blocklist.de/en/httpreports.html",
    meaning: "Where reports are posted.",
  },
} as const;

export const XARF_ACTION = {
  org: {
    is: "text",
    required: "Example",
    meaning: "Name of the organization that reports.",
  },
  contact: {
    is: "email",
    required: "abuse@example.org",
    meaning: "Its e-mail address for questions.",
  },
  domain: {
    is: "domain",
    required: "example.org",
    meaning: "Its domain.",
  },
  url: {
    is: "http-url",
    example: "https://reports.example.org/xarf",
    otherwise: "reports go to directory",
    meaning:
      "Where reports are posted as JSON. It may contain a token, and is never logged or shown.",
  },
  key_file: {
    needs: { keys: ["url"] },
    is: "path",
    example: "/etc/bailiff/xarf.key",
    otherwise: "no key is sent",
    meaning: "File with a key for the header Authorization (Bearer) of posts, as of abuseipdb.",
  },
  directory: {
    is: "path",
    example: "/var/spool/xarf",
    otherwise: "reports go to url",
    meaning:
      "Existing directory into which reports are written, one file each, for another program.",
  },
  max_files: {
    needs: { keys: ["directory"] },
    is: "integer",
    min: 1,
    max: 100_000,
    default: 1000,
    meaning: "Maximum number of files in the directory; further reports wait.",
  },
  lines: {
    is: "switch",
    default: false,
    meaning:
      "Whether the report contains the log lines of the ban as evidence. They contain names of users and of this host.",
  },
  daily_limit: {
    is: "integer",
    min: 1,
    max: 100_000,
    default: 1000,
    meaning:
      "Maximum number of reports a day (UTC). Further ones wait for the next day, up to 500 for up to a day.",
  },
} as const;

/** Keys of which at least one must be set: without them, the action does nothing. */
export const SOME_OF: { readonly [kind in ActionKind]?: readonly string[] } = {
  command: ["ban", "unban"],
};

/** Keys of which exactly one must be set. */
export const ONE_OF: { readonly [kind in ActionKind]?: readonly string[] } = {
  xarf: ["url", "directory"],
};

/** Keys of each kind, besides those of ACTION. */
export const ACTION_TABLES: {
  readonly command: typeof COMMAND_ACTION;
  readonly log: typeof LOG_ACTION;
  readonly abuseipdb: typeof ABUSEIPDB_ACTION;
  readonly "blocklist-de": typeof BLOCKLIST_DE_ACTION;
  readonly xarf: typeof XARF_ACTION;
} = {
  command: COMMAND_ACTION,
  log: LOG_ACTION,
  abuseipdb: ABUSEIPDB_ACTION,
  "blocklist-de": BLOCKLIST_DE_ACTION,
  xarf: XARF_ACTION,
};
