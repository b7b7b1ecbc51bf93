/**
 * Lists every error code with its cause and remedy. test/docs/error-codes.test.ts compares the list with the sources.
 */
export interface ErrorCode {
  readonly code: string;
  readonly when: string;
  readonly remedy: string;
}

export const ERROR_CODES: readonly ErrorCode[] = [
  {
    code: "already-running",
    when: "`bailiff run` found another daemon at its control socket",
    remedy:
      "`bailiff status` shows it; a second one needs its own `daemon.state` and `daemon.socket`",
  },
  {
    code: "bad-config",
    when: "the configuration or a filter has problems; all are listed with file, line and column. Also: the group of the control socket does not exist, or its path is no socket",
    remedy: "mend them; `bailiff check` says when it is good; a running daemon keeps the old one",
  },
  {
    code: "bad-duration",
    when: "the value of `--for` is not a valid duration",
    remedy: "write `90s`, `10m`, `2h`, `7d` or `forever`",
  },
  {
    code: "bad-input",
    when: "a program sent a command with fields that are missing, unknown or of another type",
    remedy: "see the table of commands in [control](control.md)",
  },
  {
    code: "bad-message",
    when: "a program sent what is no line of JSON of this protocol; the connection ends",
    remedy: "see the protocol in [control](control.md)",
  },
  {
    code: "bad-reply",
    when: "what answered at the socket does not speak the protocol",
    remedy: "is it another program's socket, or a daemon of another release?",
  },
  {
    code: "bug",
    when: "the command, or the daemon while it answered, failed in an unforeseen way",
    remedy: "please report what was printed, and what the daemon's log says",
  },
  {
    code: "bundle-not-written",
    when: "`bailiff doctor --bundle` cannot write its file",
    remedy: "name a file in a directory you may write to",
  },
  {
    code: "config-not-written",
    when: "`bailiff enable` or `disable` cannot write its file in `conf.d`",
    remedy: "run it as root, or as the user whose configuration it is; nothing was changed",
  },
  {
    code: "nothing-to-undo",
    when: "the dashboard was asked to restore a ban that was not lifted within the last hour, or would have ended",
    remedy: "ban the address again: `bailiff ban ADDRESS`",
  },
  {
    code: "web-as-root",
    when: "`bailiff web` was started by root, and would serve browsers with root's rights",
    remedy: "start `bailiff-web.service`, or run it as a user of `daemon.socket_group`",
  },
  {
    code: "web-not-running",
    when: "`bailiff web open` found no running dashboard",
    remedy: "start it: `systemctl start bailiff-web`, or `bailiff web`",
  },
  {
    code: "web-unavailable",
    when: "`bailiff web` cannot listen because its port is taken or its address is missing now, or the disk is full; its unit tries again",
    remedy: "the message names the place; `listen` in `web.toml` sets another",
  },
  {
    code: "web-misconfigured",
    when: "`bailiff web` cannot use what its settings name: the token for metrics, the certificate or its key, a place to listen without the right to it, or the directory of the file for `web open`",
    remedy:
      "the message names the file; its unit starts again only by hand: `systemctl start bailiff-web`",
  },
  {
    code: "unknown-service",
    when: "no filter has the name that `bailiff enable` or `disable` was given",
    remedy: "`bailiff services --all` lists the names",
  },
  {
    code: "unknown-channel",
    when: "`bailiff notify test` was given a name of which the running daemon has no channel",
    remedy: "the message lists the channels; after a change of the configuration, `bailiff reload`",
  },
  {
    code: "import-not-empty",
    when: "what `bailiff import --out` names is a file, or a directory that holds files",
    remedy: "name a new directory; nothing is overwritten",
  },
  {
    code: "busy",
    when: "64 connections to the control socket are open (of which 8 are kept for root and the daemon's user), or 8 calls of `verify` wait for their turn",
    remedy: "try again; look for a program that leaves connections open",
  },
  {
    code: "connection-lost",
    when: "the connection ended before the answer was complete: the daemon ended, or the program did not read the answer for 30 s",
    remedy: "the log of the daemon says why; ask again",
  },
  {
    code: "control-unavailable",
    when: "`bailiff run` cannot open its control socket, such as without the right to the folder or to give the socket to the group",
    remedy:
      "name another path with `--socket` or `daemon.socket`, or start it as root where `daemon.socket_group` is set",
  },
  {
    code: "filter-exists",
    when: "`bailiff filter new` was given a name of which a file exists, or a shipped filter; it overwrites and replaces none",
    remedy: "choose another name, or remove the file; `bailiff drift` adds rules to a filter",
  },
  {
    code: "filter-not-written",
    when: "`bailiff drift --accept` or `--dismiss`, or the daemon that was asked to, or `bailiff filter new` may not write to the directory of your filters; the rule is shown",
    remedy: "run it with sudo, or put the rule there by hand",
  },
  {
    code: "network-too-wide",
    when: "`bailiff allow` was given a network that is wider than /8 (IPv4) or /16 (IPv6), so that hardly anybody would be banned any more",
    remedy: "name your own networks only; `--force` allows it anyway",
  },
  {
    code: "no-address",
    when: "the address is not valid, or is an address within a network (`192.0.2.5/24`); names are not looked up",
    remedy: "write `192.0.2.7`, `192.0.2.0/24`, `2001:db8::1` or `2001:db8::/64`",
  },
  {
    code: "no-input",
    when: "a log for `scan`, `replay` or `tune` cannot be read, or shows too little for `tune`",
    remedy:
      "name a readable file, plain or compressed with gzip or zstd, or `-`; for `tune` logs of some weeks with failed attempts",
  },
  {
    code: "no-terminal",
    when: "`bailiff top` was started without a terminal, or on one that cannot move its cursor (`TERM=dumb`)",
    remedy:
      "use `bailiff follow` for events, `bailiff status` and `bailiff bans` for the present state",
  },
  {
    code: "reload-pending",
    when: "the daemon has not finished a reload within 5 minutes, as on a very busy host",
    remedy: "none: it continues, and `bailiff status` shows the result",
  },
  {
    code: "not-running",
    when: "the control socket does not exist, or no process is listening on it",
    remedy: "start the daemon: `systemctl start bailiff` or `bailiff run`",
  },
  {
    code: "metrics-not-written",
    when: "`bailiff metrics --out` cannot write its file",
    remedy: "name a file in a directory you may write to, such as that of the textfile collector",
  },
  {
    code: "page-not-written",
    when: "`bailiff tune --html` cannot write the file",
    remedy: "name a file in a directory that you may write to",
  },
  {
    code: "permission-denied",
    when: "you may not connect to the control socket, or may read there but not change",
    remedy:
      "use sudo; members of `daemon.socket_group` may read, and `daemon.socket_operator` may also ban and unban. The hint names the group or the settings",
  },
  {
    code: "record-foreign",
    when: "`bailiff.db` in the state directory belongs to another program",
    remedy: "name another `daemon.state`",
  },
  {
    code: "record-newer",
    when: "the database was written by a newer release",
    remedy: "run that release, or name another `daemon.state`",
  },
  {
    code: "stats-unreadable",
    when: "the statistics in the database cannot be read",
    remedy:
      "`bailiff doctor` shows the state of the database; protection does not depend on statistics",
  },
  {
    code: "record-unavailable",
    when: "there can be no database in the state directory",
    remedy: "it must exist on a writable disk and belong to the daemon's user",
  },
  {
    code: "rule-forgeable",
    when: "a client could make the proposed rule accuse another address, or it changes what other lines mean",
    remedy: "write a narrower rule by hand: [filters](../filters.md#adding-to-a-shipped-filter)",
  },
  {
    code: "rule-not-proposed",
    when: "`bailiff drift --accept` was given a message for which no rule can be proposed; it says why",
    remedy: "write one by hand: [filters](../filters.md#adding-to-a-shipped-filter)",
  },
  {
    code: "state-unsafe",
    when: "the state directory or a file in it may be written by others than root, or a file in it is a symbolic link",
    remedy: "take the right away or remove the link, as the message says",
  },
  {
    code: "system-error",
    when: "the operating system refused something, such as writing to a full disk; the message says what and why",
    remedy: "mend what the message names",
  },
  {
    code: "timeout",
    when: "a program sent half a request and nothing more for 30 s; the connection ends",
    remedy: "end requests with a line feed",
  },
  {
    code: "unknown-command",
    when: "a program asked for a command that this release does not have",
    remedy: "see the table of commands in [control](control.md)",
  },
  {
    code: "unknown-message",
    when: "`bailiff drift --accept` or `--dismiss` was given a number that no message has",
    remedy: "`bailiff drift --all` shows the numbers",
  },
  {
    code: "unknown-jail",
    when: "no jail has that name",
    remedy: "the answer lists those there are; also `bailiff status`",
  },
  {
    code: "unreachable",
    when: "connecting to the control socket failed for another reason, which is quoted",
    remedy: "the reason says what is wrong",
  },
  {
    code: "usage",
    when: "the arguments of a command do not fit together",
    remedy: "the second line says how to write it",
  },
  {
    code: "version-mismatch",
    when: "the daemon and the command speak different versions of the protocol",
    remedy: "restart the daemon after an update: `systemctl restart bailiff`",
  },
];
