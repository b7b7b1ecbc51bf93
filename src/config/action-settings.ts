/** Lists the keys of [actions.NAME] for each kind of action, in the form of schema.ts. */

/** Keys of every table [actions.NAME]. */
export const ACTION = {
  kind: {
    is: "choice",
    of: ["command", "log", "abuseipdb"],
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
      "Program and arguments that run when a ban begins, never through a shell. Placeholders: {ip}, {jail}, {filter}, {rule}, {reason}, {user} (the account of the last failure), {failures}, {from}, {until} (ISO 8601, or forever), {bantime} (seconds, -1 is permanent), {origin}, {change} (ban or unban) and {host}; {{ip}} stands for the text {ip}.",
  },
  unban: {
    is: "argv",
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

/** Keys of each kind, besides those of ACTION. */
export const ACTION_TABLES: {
  readonly command: typeof COMMAND_ACTION;
  readonly log: typeof LOG_ACTION;
  readonly abuseipdb: typeof ABUSEIPDB_ACTION;
} = { command: COMMAND_ACTION, log: LOG_ACTION, abuseipdb: ABUSEIPDB_ACTION };
