import { describeEmptyEntry } from "../../control/describe-empty-entry.ts";
import type { JailReply, StatusReply } from "../../control/status-messages.ts";
import { amount } from "../../domain/amount.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import { BY_HAND_ONLY } from "../../jails/by-hand.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { safe, type Terminal, widthOf } from "../terminal.ts";
import { describeLeftOut } from "./describe-left-out.ts";
import { describeLists } from "./describe-lists.ts";
import { describeCompromises } from "../describe-compromises.ts";
import { describeIgnored } from "../describe-ignored.ts";
import { advice, formatAge, formatDistance, sentence } from "../format-time.ts";
import { hang } from "../wrap-text.ts";

export async function status(
  context: CommandContext,
  jail: string | undefined,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const reply = await ask(context, "status", { jail });
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(reply));
  else if (jail === undefined) terminal.show(describeAll(reply, terminal));
  else terminal.show(describeOne(reply, terminal));
  const good = reply.jails.every(({ state }) => GOOD.has(state));
  const all = reply.jails.length > 0 && reply.left_out.length === 0;
  // Manual bans belong to no jail that could fail to protect.
  const isOther = jail !== undefined && reply.other_bans.length > 0;
  return isOther || (good && all) ? EXIT.ok : EXIT.no;
}

/** States of a jail without a fault. */
export const GOOD: ReadonlySet<string> = new Set(["protecting", "observing", "actions-only"]);

const STYLES = {
  protecting: "green",
  observing: "cyan",
  "actions-only": "cyan",
  starting: "yellow",
  degraded: "yellow",
  blind: "red",
  toothless: "red",
} as const;

/** All states of a jail, best first. */
export const STATES: readonly string[] = Object.keys(STYLES);

export function paintState(state: string, terminal: Terminal): string {
  const style = Object.entries(STYLES).find(([name]) => name === state)?.[1];
  return style === undefined ? state : terminal.paint(style, state);
}

/** Returns the screen of all jails. */
export function describeAll(reply: StatusReply, terminal: Terminal): string {
  const { width } = terminal;
  const wrap = (head: string, text: string): string => hang({ head, text, width, indent: 2 });
  const waiting = reply.looking_for.map(({ name, reason }) =>
    wrap("", `Looking for ${name}: ${sentence(reason)}`),
  );
  if (reply.jails.length === 0) {
    const nothing = waiting.length === 0 ? "No jail is running." : "No log was found yet.";
    const total = reply.banned_total === 0 ? [] : [wrap("", describeTotal(reply))];
    const lists = describeLists(reply.lists, width);
    const todo = "  to do: see which services of this host can be protected: bailiff services";
    const more = [todo, ...total, ...lists, ...waiting, ...describeLeftOut(reply, width)];
    return [heading(reply, terminal), nothing, ...more].join("\n");
  }
  const reasons = reply.jails
    .filter(({ state }) => state !== "protecting")
    .flatMap(({ name, state, reason, fix, since }) => [
      wrap(`${name}: ${state} ${formatAge(since)}: `, sentence(reason)),
      ...(fix === null ? [] : [hang({ head: "  to do: ", text: advice(fix), width })]),
    ]);
  const lists = describeLists(reply.lists, width);
  const ignored = describeIgnoredOf(reply).map((text) => wrap("", text));
  const empty = reply.exempting_nobody.map((one) => wrap("", safe(describeEmptyEntry(one))));
  const more = [...reasons, ...lists, ...ignored, ...empty, ...describeLeftOut(reply, width)];
  const total = wrap("", describeTotal(reply));
  const table = ["", describeTable(reply, terminal), "", total];
  return [heading(reply, terminal), ...table, ...(more.length === 0 ? [] : ["", ...more])].join(
    "\n",
  );
}

function describeTable(reply: StatusReply, terminal: Terminal): string {
  const observesOnly = reply.jails.every((jail) => isObserving(reply, jail));
  const rows = reply.jails.map((jail) => [
    jail.name,
    paintState(jail.state, terminal),
    String(jail.failures),
    String(jail.tracked),
    describeBanned(jail, isObserving(reply, jail) && !observesOnly),
    formatDistance(jail.sources[0]?.last_line_at ?? null),
    safe(jail.by_hand ? BY_HAND_ONLY : shortenJournal(jail.sources[0]?.where ?? "no source")),
  ]);
  return formatTable({
    headings: [
      "JAIL",
      "STATE",
      "FAILURES",
      "TRACKED",
      observesOnly ? "WOULD BAN" : "BANNED",
      "LAST LINE",
      "SOURCE",
    ],
    rows,
    width: widthOf(terminal),
  });
}

const SENDER = /\b(?:_SYSTEMD_UNIT|_COMM|SYSLOG_IDENTIFIER)=([^\s()]+)/g;

/** Returns, for example, "journal of ssh.service, sshd"; `status JAIL` shows the whole match. */
export function shortenJournal(where: string): string {
  if (!where.startsWith("journal ")) return where;
  const senders = new Set([...where.matchAll(SENDER)].map(([, sender]) => sender));
  return senders.size === 0 ? where : `journal of ${[...senders].join(", ")}`;
}

function describeWitness(witness: string): string {
  return witness === "kernel"
    ? "the kernel: a log line followed the connections that it saw"
    : `${witness}: the log contains the logins that it recorded`;
}

function describeBanned({ banned, bans_by }: JailReply, isObserved: boolean): string {
  if (banned === 0) return "0";
  if (bans_by === "actions") return `${banned} (by actions)`;
  return isObserved ? `${banned} (observed)` : String(banned);
}

/** Counts the bans of the whole record, because some belong to no jail that is listed above. */
function describeTotal({ banned_total, other_bans }: StatusReply): string {
  const others = other_bans
    .filter(({ banned }) => banned > 0)
    .map(
      ({ name, banned }) =>
        `${banned} ${name === MANUAL ? "by hand (jail manual)" : `of jail ${name}, which is not running`}`,
    );
  const which = others.length === 0 ? "" : `, ${others.join(", ")}`;
  return `${amount(banned_total, "ban")} in total${which}`;
}

/** Reports whether bans of the jail are only recorded. */
function isObserving({ enforcer }: StatusReply, { bans_by }: JailReply): boolean {
  return bans_by !== "actions" && (!enforcer.enforcing || bans_by === "nothing");
}

/** Shows exempt addresses that would have been banned, so that a too wide entry of the allow-list is noticed. */
function describeIgnoredOf({ jails }: StatusReply): readonly string[] {
  return jails.flatMap(({ name, ignored, ignored_not_listed: others }) => {
    const [newest] = ignored;
    if (newest === undefined) return [];
    const offenses = ignored.reduce((sum, one) => sum + one.offenses, 0);
    const rest =
      others === 0
        ? ""
        : `, and those of ${amount(others, "further address", "further addresses")}`;
    return [
      `${name}: not banned because exempt: ${amount(offenses, "offense")}${rest}, last ${newest.subject} (${safe(newest.entry)}); more: bailiff status ${name}`,
    ];
  });
}

/** Says what the enforcers in use do to banned addresses. */
export function describeEffect({
  enforcer,
  enforcers,
}: Pick<StatusReply, "enforcer" | "enforcers">): string {
  const verdict = enforcers.find(({ name, used }) => used && name === enforcer.name)?.verdict;
  if (verdict === "drop") return `${enforcer.name} drops packets of banned addresses`;
  if (verdict === "reject") return `${enforcer.name} refuses packets of banned addresses`;
  return `bans are enforced by ${enforcer.name}`;
}

function heading(reply: StatusReply, terminal: Terminal): string {
  const { width } = terminal;
  const { version, enforcer, record, started_at, jails } = reply;
  const trouble = enforcer.trouble === null ? "" : ` (${sentence(enforcer.trouble)})`;
  const unsaved = `${sentence(record.reason ?? "")}; ${amount(record.unsaved, "write")} kept in memory`;
  const database =
    record.state === "ok" ? [] : [hang({ head: "Database: ", text: unsaved, width })];
  const drops = enforcer.enforcing
    ? describeEffect(reply)
    : enforcer.trouble === null
      ? jails.some(({ bans_by }) => bans_by === "actions")
        ? "bans are left to actions, bailiff's firewall blocks nothing"
        : "observing only, nothing is dropped"
      : "NOTHING is dropped";
  const running = `bailiff ${version}, started ${formatDistance(started_at)}; ${drops}${trouble}`;
  const { fix } = enforcer;
  const advised = fix === null ? [] : [hang({ head: "  to do: ", text: advice(fix), width })];
  const each = describeEnforcers(reply).map((text) => hang({ head: "  ", text, width, indent: 4 }));
  return [
    hang({ head: "", text: running, width, indent: 2 }),
    ...advised,
    ...each,
    ...database,
    ...reply.demoted_detectors.map((text) =>
      hang({ head: "Note: ", text: sentence(text), width, indent: 2 }),
    ),
    ...describeCompromises(reply.suspected_compromises, terminal).flatMap((text) => ["", text]),
  ].join("\n");
}

/** Describes each enforcer if there are several, or if one has something to report. */
function describeEnforcers({ enforcers, lists }: StatusReply): readonly string[] {
  const isUsual = enforcers.every(
    ({ name, used, left_out, chosen_because }) =>
      used && left_out === 0 && (chosen_because === null || name === "nftables"),
  );
  if (isUsual && enforcers.length < 2) return [];
  const block = lists.length === 0 ? "ban" : "block";
  return enforcers.map(
    ({ name, used, trouble, fix, blocks, capacity, left_out, chosen_because }) => {
      const held = blocks === null ? "not read yet" : `${amount(blocks, block)} when last read`;
      const of = capacity === null ? "" : `, ${capacity} at most`;
      const full = left_out === 0 ? "" : `, no room for ${left_out} that end sooner`;
      const former = used ? "" : "no longer used, its bans remain until others hold them: ";
      const chosen = chosen_because === null ? "" : `; chosen by "auto": ${chosen_because}`;
      const wrong = trouble === null ? "" : `; ${sentence(trouble)}`;
      const advised = fix === null ? "" : `; to do: ${advice(fix)}`;
      return `${name}: ${former}${held}${of}${full}${chosen}${wrong}${advised}`;
    },
  );
}

/** Returns the screen of jails in detail. */
export function describeOne(reply: StatusReply, terminal: Terminal): string {
  const jails = reply.jails.map((jail) => describeJail(jail, isObserving(reply, jail), terminal));
  const others = reply.other_bans.map(({ name, banned }) => describeOther(name, banned));
  const alarms = describeCompromises(reply.suspected_compromises, terminal).flatMap((text) => [
    text,
    "",
  ]);
  return [...alarms, ...jails, ...others, ...describeLeftOut(reply, terminal.width)].join("\n");
}

/** Describes a source; `where` of a journal already begins with its kind. */
function describePlace({ kind, where }: JailReply["sources"][number]): string {
  return where.startsWith(`${kind} `) ? safe(where) : `${kind} ${safe(where)}`;
}

/** Describes the lines of a source. If the source has no line yet, the jail's last line is from an earlier log. */
function describeLines({ lines, last_line_at }: JailReply["sources"][number]): string {
  if (last_line_at === null) return String(lines);
  const last = formatDistance(last_line_at);
  return lines === 0
    ? `0 from this log; the jail's last line came ${last}`
    : `${lines}, last ${last}`;
}

function unstampedLines(count: number): string {
  return `${amount(count, "line")} without a usable time (not in the form of time_format)`;
}

function describeOther(name: string, banned: number): string {
  const what =
    name === MANUAL ? "bans by hand" : "this jail is not running, but its bans are in force";
  return `${name}: ${what}\n  banned    ${banned} now (bailiff bans --jail ${name})`;
}

function describeJail(jail: JailReply, observes: boolean, terminal: Terminal): string {
  const { name, state, reason, since, fix, policy, filter, mode, failures, tracked } = jail;
  const rows: (readonly [string, string])[] = [
    ...(fix === null ? [] : [["to do", advice(fix)] as const]),
    ["policy", policy],
    ["filter", `${filter}, mode ${mode}`],
    ...(jail.by_hand ? [["source", "none"] as const] : []),
    ...jail.sources.flatMap((source) => {
      return [
        ["source", `${describePlace(source)} (${source.state})`],
        ["lines", `${describeLines(source)}; ${source.unrecognized} not recognized`],
        ...(source.unstamped > 0 ? [["unstamped", unstampedLines(source.unstamped)] as const] : []),
        ...(source.unproven === null ? [] : [["unproven", safe(source.unproven)] as const]),
      ] as const;
    }),
    ...(jail.confirmed_by.length === 0
      ? []
      : [["confirmed", `by ${jail.confirmed_by.map(describeWitness).join("; by ")}`] as const]),
    ["failures", `${failures} since the start, ${amount(tracked, "address")} tracked`],
    ...jail.ignored.map((ignored) => ["ignored", describeIgnored(ignored)] as const),
    ...(jail.ignored_not_listed === 0
      ? []
      : [["ignored", `and ${jail.ignored_not_listed} more`] as const]),
    [observes ? "would ban" : "banned", `${jail.banned} now (bailiff bans --jail ${name})`],
  ];
  const { width } = terminal;
  const column = Math.max(8, ...rows.map(([label]) => label.length));
  const head = `${name}: ${paintState(state, terminal)} ${formatAge(since)}: `;
  return [
    hang({ head, text: sentence(reason), width, indent: 2 }),
    ...rows.map(([label, text]) => hang({ head: `  ${label.padEnd(column)}  `, text, width })),
  ].join("\n");
}
