/**
 * Generates two tables of docs/reference/control.md: the reply to each request, and the requests of each CLI command.
 */
import { mayAsk } from "../../src/control/access.ts";
import type { CommandName } from "../../src/control/messages.ts";
import { INPUTS } from "../../src/control/parse-request.ts";
import { planProgram } from "./command-tree.ts";
import { describeInput } from "./describe-input.ts";

interface Answer {
  /** Name of the reply's interface, as the page shows it. */
  readonly shape: string;
  readonly many?: "list" | "parts";
  readonly about?: string;
}

/** The reply to each request. A new request does not compile without its entry. */
const ANSWERS: { readonly [name in CommandName | "follow"]: Answer } = {
  status: { shape: "StatusReply", about: "Of all jails, or of one" },
  verify: { shape: "VerifyReply", about: "Takes seconds, at most 30" },
  notify_test: {
    shape: "NoticeTestReply",
    about: "Sends a test message to a channel for notices, beside its queue. Takes at most 15 s",
  },
  doctor: { shape: "DoctorReply", about: "Checks every link first" },
  support: { shape: "SupportReply" },
  drift: { shape: "DriftReply", many: "list", about: "One for each filter" },
  add_rule: {
    shape: "AddedRuleReply",
    about:
      "Writes the `proposal` (`failure`) or the `dismissal` (`neutral`) of the shape with this `number` to `FILTER.local.toml` in the first of `directories`, with its sample, and reloads. Nothing changes when it fails",
  },
  bans: { shape: "BanReply", many: "list", about: "Current bans" },
  find_bans: {
    shape: "FoundBansReply",
    about:
      "One page of current bans. `search`: an address or network, for bans that share an address with it, or a part of address, jail, rule or reason. Sorted by `sort`, or by `from`. A request with a part, `jail` or `origin` reads all bans, in steps of about 10 ms",
  },
  ban: {
    shape: "BanResult",
    many: "list",
    about:
      "One for each subject. Without `jail`: the jail `manual`, on all ports; without `for`: for the bantime of the jail or the defaults. `for` is in milliseconds. `peer` is the address of the caller's own SSH session (`no-address` where it is none); `needs-force` is answered unless `force` is true where a user is logged in, `peer` is part of the subject, or the subject is a network wider than /8 (IPv4) or /16 (IPv6)",
  },
  take_over: {
    shape: "TakeOverReply",
    about:
      "Takes over bans of another program (`from`), such as fail2ban; the allow-list and logged-in users take precedence. Instants are milliseconds since 1970, `until` null: forever; `earlier`: how often the subject was banned before; `past`: those of the earlier bans whose time is known; `lines`: what led to the ban",
  },
  breakers: {
    shape: "BreakerReply",
    many: "list",
    about: "Rules that are suspended or at their limit",
  },
  reset_breaker: {
    shape: "BreakerReply",
    many: "list",
    about: "Those that ban again: of all jails, of one, or of one of its rules",
  },
  unban: {
    shape: "LiftedBan",
    many: "list",
    about:
      "Lifts every ban that shares an address with one of `subjects`, also wider and narrower ones, or with `exact` only bans of the `subjects` themselves; with `all` every ban, whatever `subjects` says. `keep_history`: the lifted bans still make later ones longer",
  },
  undo_unban: {
    shape: "BanResult",
    about:
      "Bans again as before the last unban of exactly this subject, within an hour: the same end, reason, origin and lines. Exemptions and logged-in users prevent it as they do `ban`; `nothing-to-undo` without such an unban",
  },
  why: { shape: "WhyReply" },
  allow: {
    shape: "AllowResult",
    about:
      "Lifts the bans of the subjects as well. `for` is in milliseconds; without it: forever. `force`: also a network that nearly everybody is in (`network-too-wide`)",
  },
  disallow: { shape: "DisallowResult" },
  allowed: {
    shape: "AllowReply",
    many: "list",
    about:
      "Entries of `allow`, of the configuration and of the host itself: those of every jail, or those that hold for one",
  },
  history: { shape: "PastBanReply", many: "list", about: "Newest first, at most `limit`" },
  audit: { shape: "AuditReply", many: "list", about: "Newest first, at most `limit`" },
  verify_audit: {
    shape: "AuditChainReply",
    about:
      "Checks the hash of every entry, and with `head` that the chain contains an earlier `head`, 64 hexadecimal digits",
  },
  stats: {
    shape: "StatsReply",
    about:
      "Counts from `from` (rounded down to a whole hour) to `to`, in steps of `step` hours: one series for all, or one for each jail or rule (`by`). At most 800 days, and 20,000 values of each counter. A rule's series leaves out what is counted by jail. `top`: maximum length of each list, 20 if missing; country and network are looked up for the first 100 keys. `null` is unknown, as when no daemon ran, and never zero",
  },
  check: {
    shape: "CheckReply",
    about: "Reads and judges the files that `reload` would read, and changes nothing",
  },
  reload: {
    shape: "ReloadReply",
    about: "A configuration with problems is refused (`bad-config`) and changes nothing",
  },
  stop: {
    shape: "StopReply",
    about:
      "Answered before the daemon ends. `unban`: lifts every ban first; otherwise bans stay in the firewall",
  },
  campaigns: {
    shape: "CampaignReply",
    many: "list",
    about:
      "Newest first; with `name` that one, with its members; `offset` and `limit` select a part of them",
  },
  quality: {
    shape: "QualityReply",
    many: "list",
    about: "Rules and detectors with bans within 30 days, those that were wrong most often first",
  },
  reset_quality: {
    shape: "QualityReply",
    many: "list",
    about:
      "Starts the counts of a jail's rules and detectors again, or of those with the name, and answers what they were. Each is audited",
  },
  metrics: {
    shape: "MetricReply",
    many: "list",
    about:
      "[Monitoring](../monitoring.md#metrics) lists them. Runs no check: states are those of the last look",
  },
  acknowledge: {
    shape: "CompromiseReply",
    many: "list",
    about:
      "Ends the alarm about suspected compromises: by logins from the address or network, or all without `subject`. Each is audited",
  },
  version: { shape: "VersionReply" },
  follow: {
    shape: "FollowReply",
    many: "parts",
    about: "Events from now on, until the client sends another request or closes",
  },
};

/** The requests that each CLI command sends. What it does besides follows after a semicolon. */
const SENT_BY: Readonly<Record<string, string>> = {
  run: "none; it is the daemon",
  reload: "`reload`",
  stop: "`stop`",
  version: "`version`",
  demo: "none; it starts a daemon in separate namespaces",
  status: "`status`",
  verify: "`verify`, for each jail of `status` or for one",
  notify: "`notify_test`",
  drift: "`drift`; with `--accept` or `--dismiss` it writes the rule itself, like `add_rule`",
  campaigns:
    "`campaigns`; with `--unban` also `unban`, with the addresses of `banned`; with `--acknowledge` only `acknowledge`",
  doctor: "`doctor`; with `--bundle` `support`, whose answer it writes to a file without secrets",
  bans: "`bans`; it sorts and cuts the list",
  why: "`why`",
  history: "`history`, with `--audit` `audit`",
  audit: "`verify_audit`",
  quality: "`quality`, with `reset` `reset_quality`",
  stats: "`stats`",
  report: "`stats`, `status`, `campaigns`, `quality`, `breakers`, `audit`, `history`",
  metrics: "`metrics`",
  "check-health": "`status`",
  top: "`follow`, `status`, `find_bans`, `why`; after a confirmation `unban`",
  follow: "`follow`",
  web: "`status`, `doctor`, `stats`, `find_bans`, `why`, `history`, `audit`, `breakers`, `drift`, `metrics`, `follow`, and for its operators `ban`, `unban`, `undo_unban`, `allow`, `disallow`, `reset_breaker`, `acknowledge`, `verify`",
  ban: "`ban`",
  unban: "`unban`",
  allow: "`allow`, with `--remove` `disallow`, without an address `allowed`",
  breaker: "`breakers`, `reset_breaker`",
  set: "`ban`, `unban`, `allow`, `disallow`",
  get: "`bans`, `allowed`",
  services: "`status`; it looks for services on the host itself",
  enable: "`reload`, after it wrote a file of the configuration",
  disable: "`reload`, after it wrote or removed a file of the configuration",
  check:
    "none; it reads files with the rights of the caller, also such as no daemon uses. `check` judges those of the daemon",
  restore: "none; it works while no daemon runs",
  "clear-firewall": "none; it works while no daemon runs",
  assess: "none; it judges the host, with or without a daemon",
  scan: "none; it reads a log that the caller names. Over the socket the daemon would read any file with its own rights, for every client",
  replay: "none; it reads logs that the caller names, like `scan`",
  tune: "none; it reads logs with the rights of the caller",
  filter: "none; it reads filters with the rights of the caller",
  import: "`take_over`; it reads the other program's database itself",
  "fail2ban-client": "none; it speaks fail2ban's protocol, at fail2ban's socket",
  "fail2ban-regex": "none; it reads files",
};

export function renderRequests(): string {
  return `| command | input | answer | who |
|---|---|---|---|
${Object.entries(ANSWERS).map(requestRow).join("\n")}`;
}

export function renderCommands(): string {
  const names = planProgram().commands.map(({ name }) => name);
  const unknown = Object.keys(SENT_BY).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such command: ${unknown.join(", ")}`);
  const rows = names.map((name) => {
    const sent = SENT_BY[name];
    if (sent === undefined) throw new Error(`SENT_BY has no line for ${name}`);
    return `| \`bailiff ${name}\` | ${sent} |`;
  });
  return `| command | requests |\n|---|---|\n${rows.join("\n")}`;
}

function requestRow([name, { shape, many, about = "" }]: readonly [string, Answer]): string {
  const schema = Object.entries(INPUTS).find(([command]) => command === name)?.[1];
  const input = schema === undefined ? "nothing" : describeInput(schema);
  const answer = `${many === undefined ? "" : `${many} of `}\`${shape}\`${about === "" ? "" : `. ${about}`}`;
  return `| \`${name}\` | ${input} | ${answer} | ${describeAccess(name)} |`;
}

/** Describes who may send a request, according to access.ts. */
function describeAccess(name: string): string {
  const command = Object.keys(ANSWERS).find((known): known is CommandName => known === name);
  const may = (uid: number): boolean => {
    const peer = { credentials: { pid: 1, uid, gid: MEMBER }, who: "" };
    const rules = { ownUid: 0, shared: true, operator: OPERATOR };
    return command !== undefined && mayAsk(command, peer, rules);
  };
  if (may(MEMBER)) return "group";
  return may(OPERATOR) ? "operator, root, own user" : "root, own user";
}

const MEMBER = 4242;
const OPERATOR = 4243;
