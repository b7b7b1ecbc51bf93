/**
 * Warns of valid but unwise configuration, such as bans of days for a few typing errors. `check` reports the warnings;
 * they never prevent a start. Pure, except `listPolicyDoubts`, which reads listening ports and files.
 */
import { formatPorts } from "../domain/format-ports.ts";
import { observesOnly } from "../config/observes-only.ts";
import { amount } from "../domain/amount.ts";
import { type Config, type JailConfig, enabledJails } from "../config/config.ts";
import { literalSubject, subjectContains, type Subject } from "../domain/cidr.ts";
import { duration, formatDuration } from "../domain/duration.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { portsOf } from "../domain/port-scope.ts";
import { doubtLengths } from "./policy-doubts/doubt-lengths.ts";
import { type Listener, listListeners, ownersOf } from "../host/services/listeners.ts";
import { fixInFail2banTerms } from "../fail2ban/config/fix-in-fail2ban-terms.ts";
import { provesSender } from "../source/journal/journal-sender.ts";
import { isByHand } from "./by-hand.ts";
import { findMissedBanLog } from "./ban-log.ts";
import type { Loaded } from "./load-all.ts";
import { doubtForgery } from "./doubt-forgery.ts";
import { doubtHoneypots } from "./policy-doubts/doubt-honeypots.ts";
import { doubtProxies } from "./policy-doubts/doubt-proxies.ts";
import { doubtUnwatched } from "./policy-doubts/doubt-unwatched.ts";
import {
  doubtWideNetworks,
  doubtFiles,
  doubtListFiles,
  doubtNetworks,
} from "./policy-doubts/doubt-entries.ts";

export interface PolicyDoubt {
  /** The jail, or the first of several; null: the whole configuration. */
  readonly jail: string | null;
  readonly doubt: string;
  readonly fix: string;
}

export interface ListeningPort extends Pick<Listener, "protocol" | "port"> {
  /** Program names; empty when they are hidden. */
  readonly programs: readonly string[];
}

export interface DoubtFacts {
  readonly config: Config;
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  /** Empty if the listening ports are unknown. */
  readonly listening: readonly ListeningPort[];
  /** Jails from a fail2ban directory: fixes must name fail2ban's options. */
  readonly fail2banJails?: ReadonlySet<string>;
}

export function listPolicyDoubts({
  config,
  filters,
  found,
  fail2ban,
}: Loaded): readonly PolicyDoubt[] {
  const listeners = listListeners();
  const owners = ownersOf(listeners);
  const listening = listeners.map(({ protocol, port, inode }) => {
    return { protocol, port, programs: (owners.get(inode) ?? []).map(({ command }) => command) };
  });
  const fail2banJails = new Set(fail2ban?.jails.map(({ name }) => name));
  const enabled = enabledJails(config);
  const doubts = [
    ...doubtUnread(config),
    ...policyDoubts({ config, filters, listening, fail2banJails }),
    ...enabled.flatMap((jail) => doubtBanLog(jail, { config, filters, fail2banJails })),
    ...(fail2ban === undefined ? doubtUnwatched(config, found) : []),
    ...enabled.flatMap(doubtFiles),
    ...doubtListFiles(config),
  ];
  return doubts.map((one) => inWordsOf(one, fail2banJails));
}

/** Replaces native option names by fail2ban's in a warning about a converted jail. */
function inWordsOf(one: PolicyDoubt, fail2banJails: ReadonlySet<string>): PolicyDoubt {
  if (one.jail === null || !fail2banJails.has(one.jail)) return one;
  const { jail, doubt, fix } = one;
  return { jail, doubt: fixInFail2banTerms(doubt), fix: fixInFail2banTerms(fix) };
}

function doubtBanLog(
  jail: JailConfig,
  { config, filters, fail2banJails }: Required<Omit<DoubtFacts, "listening">>,
): readonly PolicyDoubt[] {
  const missed = findMissedBanLog(jail, filters.get(jail.filter), {
    log: config.fail2ban.log,
    isFromFail2ban: fail2banJails.has(jail.name),
  });
  if (missed === undefined) return [];
  return [{ jail: jail.name, doubt: missed.evidence, fix: missed.fix }];
}

/** Lists the warnings that need neither listening ports nor filter definitions. */
export function listEntryDoubts({
  config,
  found,
  fail2ban,
}: Pick<Loaded, "config" | "found" | "fail2ban">): readonly PolicyDoubt[] {
  const enabled = enabledJails(config);
  const unwatched = fail2ban === undefined ? doubtUnwatched(config, found) : [];
  const entries = enabled.flatMap((jail) => [
    ...doubtFiles(jail),
    ...doubtNetworks(jail),
    ...doubtWideNetworks(jail),
    ...doubtSender(jail),
  ]);
  const fail2banJails = new Set(fail2ban?.jails.map(({ name }) => name));
  return [...doubtUnread(config), ...unwatched, ...entries].map((one) =>
    inWordsOf(one, fail2banJails),
  );
}

function doubtUnread({ unread }: Config): readonly PolicyDoubt[] {
  return unread.map((oversight) => ({ jail: null, ...oversight }));
}

export function policyDoubts({
  config,
  filters,
  listening,
  fail2banJails = new Set(),
}: DoubtFacts): readonly PolicyDoubt[] {
  const jails = enabledJails(config);
  return [
    ...jails.flatMap(doubtLength),
    ...doubtTogether(jails),
    ...doubtOverlaps(jails, filters),
    ...jails.flatMap((jail) => {
      const option = fail2banJails.has(jail.name) ? "port" : "ports";
      return doubtPorts(jail, listening, option);
    }),
    ...jails.flatMap((jail) => doubtSilence(jail, filters)),
    ...jails.flatMap(doubtSender),
    ...jails.flatMap((jail) => doubtForgery(jail, filters)),
    ...jails.flatMap((jail) => doubtProxies(jail, filters)),
    ...doubtHoneypots(jails, filters),
    ...jails.flatMap(doubtNetworks),
    ...jails.flatMap(doubtWideNetworks),
  ];
}

const LONG_BAN_MS = 2 * 86_400_000;
const LOW_MAXRETRY = 3;
const LOOPBACK = ["127.0.0.0/8", "::1"].map(literalSubject);

/** Warns of a long ban after few failures if `ignoreip` names only this host. */
function doubtLength({
  name,
  bantime,
  maxretry,
  ignoreip,
  enforcer,
  source,
}: JailConfig): readonly PolicyDoubt[] {
  const long = bantime === "forever" || bantime >= LONG_BAN_MS;
  if (!long || maxretry > LOW_MAXRETRY || observesOnly({ enforcer }) || isByHand({ source }))
    return [];
  const somebody = ignoreip.some((entry) => entry.kind !== "subject" || !isLoopback(entry.subject));
  if (somebody) return [];
  const length = bantime === "forever" ? "forever" : `for ${formatDuration(duration(bantime))}`;
  const failures = `${amount(maxretry, "failure")} ${maxretry === 1 ? "bans" : "ban"}`;
  return [
    {
      jail: name,
      doubt: `${failures} ${length}, and ignoreip exempts only this host: a single mistake of yours can lock you out`,
      fix: `put the address or network you come from into ignoreip, or lower bantime: increment makes repeat offenders wait longer anyway`,
    },
  ];
}

/** Groups equal warnings of several jails, as from an option in [defaults]. */
function doubtTogether(jails: readonly JailConfig[]): readonly PolicyDoubt[] {
  const all = jails.flatMap((jail) =>
    doubtLengths(jail).map((one) => ({ ...one, jail: jail.name })),
  );
  return [...Map.groupBy(all, ({ doubt }) => doubt).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const others =
      group.length === 1 ? "" : ` (and of ${amount(group.length - 1, "more jail", "more jails")})`;
    return [{ ...first, doubt: `${first.doubt}${others}` }];
  });
}

function isLoopback(subject: Subject): boolean {
  return LOOPBACK.some((own) => subjectContains(own, subject));
}

/** Warns of a jail that reads a log with a filter without expressions. */
function doubtSilence(
  { name, filter, source }: JailConfig,
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly PolicyDoubt[] {
  if (isByHand({ source }) || filters.get(filter)?.python?.failregex.length !== 0) return [];
  const doubt = `filter ${filter} has no expression, so no line can ever match`;
  return [{ jail: name, doubt, fix: 'add one, or write source = "none" for bans by hand only' }];
}

/** Warns of two jails that count the same lines with the same threshold. */
function doubtOverlaps(
  jails: readonly JailConfig[],
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly PolicyDoubt[] {
  return jails.flatMap((one, i) =>
    jails.slice(i + 1).flatMap((other): readonly PolicyDoubt[] => {
      const shared = sharedLines(one, other, filters);
      if (shared === undefined || !sameSource(one, other) || !samePace(one, other)) return [];
      return [
        {
          jail: one.name,
          doubt: `jails ${one.name} and ${other.name} both read ${shared} from the same place: one failure counts in both, and both may ban for it`,
          fix: `keep one of them, or give them different sources; enabled = false turns one off`,
        },
      ];
    }),
  );
}

function sharedLines(
  one: JailConfig,
  other: JailConfig,
  filters: ReadonlyMap<string, FilterDefinition>,
): string | undefined {
  if (one.filter === other.filter) return `the lines of filter ${one.filter}`;
  const programs = filters.get(one.filter)?.programs ?? [];
  const common = (filters.get(other.filter)?.programs ?? []).filter((name) =>
    programs.includes(name),
  );
  return common.length === 0 ? undefined : `the lines of ${common.join(", ")}`;
}

/**
 * Reports whether two jails have the same threshold. Different thresholds are intended, for example a second jail for
 * slow guessing.
 */
function samePace(one: JailConfig, other: JailConfig): boolean {
  return one.findtime === other.findtime && one.maxretry === other.maxretry;
}

function sameSource({ source: one }: JailConfig, { source: other }: JailConfig): boolean {
  if (one.kind === "none") return false;
  if (one.kind === "file" && other.kind === "file")
    return one.files.some((file) => other.files.includes(file));
  return JSON.stringify(one) === JSON.stringify(other);
}

function doubtPorts(
  { name, ports }: JailConfig,
  listening: readonly ListeningPort[],
  option: "port" | "ports",
): readonly PolicyDoubt[] {
  const closed = portsOf(ports);
  if (closed.length === 0 || listening.length === 0) return [];
  const isListening = closed.some(({ protocol, number }) =>
    listening.some((socket) => socket.protocol === protocol && socket.port === number),
  );
  if (isListening) return [];
  const others = new Set(
    listening.map(({ protocol, port, programs }) => {
      const program = programs[0] === undefined ? "" : ` (${programs[0]})`;
      return `${formatPorts([{ protocol, number: port }])}${program}`;
    }),
  );
  const known = [...others].slice(0, MAX_NAMED).join(", ");
  return [
    {
      jail: name,
      doubt: `no process is listening on the ports that its bans close: ${formatPorts(closed)} (listening: ${known})`,
      fix: `set the jail's ${option} to the service's ports`,
    },
  ];
}

const MAX_NAMED = 8;

/**
 * Warns of journal matches on fields that any process can set. One such match is enough for anybody to write entries.
 */
function doubtSender({ name, source }: JailConfig): readonly PolicyDoubt[] {
  if (source.kind !== "journal") return [];
  const unproven = source.matches.filter((match) => !provesSender(match));
  if (unproven.length === 0) return [];
  const what = unproven.length === source.matches.length ? "its source" : "a match of its source";
  const [first = ""] = unproven.map((match) => match.join(" "));
  return [
    {
      jail: name,
      doubt: `${what} does not restrict the sender: any local process can write entries${first === "" ? "" : ` with ${first}`}, so only those of root are counted`,
      fix: `add _UID or _SYSTEMD_UNIT: ${first === "" ? "" : `"${first} _UID=…" or `}"_SYSTEMD_UNIT=….service"`,
    },
  ];
}
