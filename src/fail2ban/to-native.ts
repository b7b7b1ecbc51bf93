/**
 * A fail2ban directory -> the same as files of this program: one configuration, and for each jail a filter that keeps its
 * expressions. `import` writes them, and running on the directory reads them from memory, so both do the same. Whatever
 * changes its meaning, or is not carried over, is told of.
 */
import type { Problem } from "../domain/problem.ts";
import { calculate } from "./calculate.ts";
import { closedPorts } from "./firewall-actions.ts";
import {
  type ForeignAction,
  type ForeignDirectory,
  type ForeignJail,
  isTrue,
} from "./read-directory.ts";
import { readSeconds } from "./read-seconds.ts";
import { parseNamedOptions } from "./named-options.ts";
import { placeOfOption } from "./place-of-option.ts";
import { tomlKey, tomlList, tomlString, tomlText } from "./toml-text.ts";
import { writeAction } from "./write-actions.ts";

/** What one jail becomes. */
export interface NativeJail {
  readonly name: string;
  /** Tables [jails.NAME] and [jails.NAME.increment]. */
  readonly config: string;
  readonly filter: { readonly name: string; readonly text: string };
  readonly notes: readonly Note[];
  /** With any of these it cannot run. */
  readonly problems: readonly Problem[];
}

/** changed: it works in another way. left: it has no effect here. */
export interface Note {
  readonly jail: string;
  readonly kind: "changed" | "left";
  readonly text: string;
}

export interface NativeOptions {
  /** Whether a path or glob names a log that is there; decides for the journal where fail2ban would choose it. */
  readonly logExists: (path: string) => boolean;
  /** Whether there is a Python to run actions of that kind. */
  readonly hasPython: boolean;
}

/** A jail in the making. */
interface Draft {
  readonly jail: ForeignJail;
  readonly directory: string;
  readonly lines: string[];
  readonly note: (kind: Note["kind"], text: string) => void;
  readonly wrong: (key: string, got: string, expected: string) => void;
}

/** Of every jail that is enabled. */
export function toNative(
  { jails, directory }: ForeignDirectory,
  options: NativeOptions,
): readonly NativeJail[] {
  return jails.filter(({ enabled }) => enabled).map((jail) => nativeJail(jail, directory, options));
}

function nativeJail(jail: ForeignJail, directory: string, options: NativeOptions): NativeJail {
  const notes: Note[] = [];
  const problems: Problem[] = [...jail.problems];
  const draft: Draft = {
    jail,
    directory,
    lines: [],
    note: (kind, text) => notes.push({ jail: jail.name, kind, text }),
    wrong: (key, got, expected) => problems.push({ ...placeOfOption(jail, [key]), got, expected }),
  };
  const filter = writeFilter(draft);
  const config = writeJail(draft, filter.name, options);
  return { name: jail.name, config, filter, notes, problems };
}

/** Of a jail, since a jail may override what the filter says. */
export function filterName(jail: string): string {
  const safe = jail
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "");
  return `fail2ban-${safe}`.slice(0, 64);
}

/** The jail's own word wins over its filter's; fail2ban takes both where both give expressions. */
function optionOf({ options, filter }: ForeignJail, key: string): string | undefined {
  return options.get(key) ?? filter?.options.get(key);
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}

function writeFilter({ jail, note, wrong }: Draft): { name: string; text: string } {
  const name = filterName(jail.name);
  const failregex = linesOf(optionOf(jail, "failregex"));
  // What follows from something that is told of already is not told of.
  if (failregex.length === 0 && jail.problems.length === 0)
    wrong("failregex", "no expression", "a filter with a failregex");
  const lines = [
    `name = ${tomlString(name)}`,
    `description = ${tomlString(`of jail ${jail.name}, from filter.d/${jail.filter?.name ?? ""}`)}`,
    "",
    "[python]",
    `failregex = ${tomlList(failregex)}`,
  ];
  const add = (key: string, text: string | undefined): void => {
    if (text !== undefined) lines.push(`${key} = ${text}`);
  };
  const ignoreregex = linesOf(optionOf(jail, "ignoreregex"));
  if (ignoreregex.length > 0) add("ignoreregex", tomlList(ignoreregex));
  const prefregex = optionOf(jail, "prefregex")?.trim();
  if (prefregex) add("prefregex", tomlString(prefregex));
  const dates = linesOf(optionOf(jail, "datepattern"));
  if (dates.length > 0) add("datepattern", tomlList(dates));
  const maxlines = Number(optionOf(jail, "maxlines") ?? 1);
  if (maxlines > 1) add("maxlines", String(maxlines));
  const usedns = optionOf(jail, "usedns")?.trim().toLowerCase();
  if (usedns === "raw") add("usedns", '"raw"');
  else if (usedns === "yes" || usedns === "warn") {
    // The expressions stay as they are; only the look-up is left out.
    add("usedns", tomlString(usedns));
    note(
      "changed",
      `usedns = ${usedns}: names found in a log are not looked up; whoever owns a zone could ban anybody`,
    );
  }
  const zone = optionOf(jail, "logtimezone")?.trim();
  if (zone) add("logtimezone", tomlString(zone));
  return { name, text: `${lines.join("\n")}\n` };
}

function writeJail(draft: Draft, filter: string, options: NativeOptions): string {
  const { jail, lines } = draft;
  lines.push(`[jails.${tomlKey(jail.name)}]`, `filter = ${tomlString(filter)}`);
  writeSource(draft, options);
  const maxretry = jail.options.get("maxretry");
  if (maxretry !== undefined) writeNumber(draft, "maxretry", maxretry);
  writeLength(draft, "findtime", jail.options.get("findtime") ?? "600");
  writeBantime(draft);
  lines.push("ipv6_prefix = 128", "bans_per_minute = 0");
  lines.push('canary = "0s"', 'lockout_guard = "0s"');
  writeIgnored(draft);
  const others = writeEnforcer(draft);
  writeIgnoreCommand(draft);
  noteMissingLogs(draft);
  noteLeft(draft);
  writeIncrement(draft);
  writeActions(draft, others, options);
  return `${lines.join("\n")}\n`;
}

function writeNumber({ lines, wrong }: Draft, key: string, text: string): void {
  if (/^\d+$/.test(text.trim())) lines.push(`${key} = ${Number(text)}`);
  else wrong(key, text, "a whole number");
}

function writeLength({ lines, wrong }: Draft, key: string, text: string): void {
  const seconds = readSeconds(text);
  if (!seconds.ok) wrong(key, text, seconds.error);
  else if (seconds.value < 0) wrong(key, text, "a length of time");
  else lines.push(`${key} = "${Math.round(seconds.value)}s"`);
}

function writeBantime(draft: Draft): void {
  const text = draft.jail.options.get("bantime") ?? "600";
  const seconds = readSeconds(text);
  if (seconds.ok && seconds.value < 0) draft.lines.push('bantime = "forever"');
  else writeLength(draft, "bantime", text);
}

function writeSource({ jail, lines, note, wrong }: Draft, { logExists }: NativeOptions): void {
  const backend = jail.options.get("backend")?.trim().toLowerCase() ?? "auto";
  const matches = journalMatches(optionOf(jail, "journalmatch"));
  const paths = linesOf(jail.options.get("logpath")).map((line) => line.trim());
  const files = paths.map((path) => path.replace(/\s+(?:head|tail)$/, ""));
  if (paths.some((path) => path.endsWith(" tail")))
    note("changed", "logpath … tail: a log that was never read is read from findtime ago on");
  const encoding = jail.options.get("logencoding")?.trim().toLowerCase() ?? "auto";
  if (!["auto", "utf-8", "utf8", "ascii"].includes(encoding))
    note("left", `logencoding = ${encoding}: logs are read as UTF-8`);
  const wantsJournal = backend.startsWith("systemd");
  const noFile = files.length === 0 || !files.some(logExists);
  const instead = isTrue(jail.options.get("systemd_if_nologs") ?? "true");
  const journal = wantsJournal || (backend === "auto" && noFile && instead && matches.length > 0);
  if (journal && !wantsJournal && files.length > 0)
    note("changed", `no log at ${files.join(", ")}: its lines are read from the journal`);
  if (journal && matches.length === 0)
    wrong("journalmatch", "none", "journalmatch = FIELD=value, or a logpath");
  else if (journal) {
    const { directory, left } = journalOptions(jail.options.get("backend") ?? "");
    for (const text of left) note("left", `backend systemd[${text}]: the whole journal is read`);
    const where = directory === undefined ? "" : `, directory = ${tomlString(directory)}`;
    lines.push(
      `source = { journal = [${matches.map((match) => tomlString(match)).join(", ")}]${where} }`,
    );
  } else if (files.length === 0) {
    if (!jail.problems.some(({ key }) => key === `${jail.name}.logpath`))
      wrong("logpath", "none", "at least one path");
  } else lines.push(`source = { file = [${files.map((file) => tomlString(file)).join(", ")}] }`);
}

/** `systemd[journalpath=/var/log/journal, journalflags=1]` */
function journalOptions(backend: string): {
  readonly directory: string | undefined;
  readonly left: readonly string[];
} {
  const parsed = parseNamedOptions(backend.trim());
  const options = parsed.ok ? [...parsed.value.options] : [];
  return {
    directory: options.find(([key]) => key === "journalpath")?.[1],
    left: options.filter(([key]) => key !== "journalpath").map((one) => one.join("=")),
  };
}

/** "A=x B=y + C=z": "+" and a new line begin another alternative. */
function journalMatches(text: string | undefined): readonly string[] {
  return linesOf(text)
    .flatMap((line) => line.split(/(?:^|\s)\+(?=\s|$)/))
    .map((match) => match.trim().replace(/["']/g, ""))
    .filter((match) => match !== "");
}

function writeIgnored({ jail, lines, note }: Draft): void {
  const listed = (jail.options.get("ignoreip") ?? "").split(/[\s,]+/).filter((ip) => ip !== "");
  const taken = listed.filter((entry) => {
    if (entry.startsWith("file:")) note("left", `ignoreip ${entry}: lists in files are not read`);
    return !entry.startsWith("file:");
  });
  lines.push(`ignoreip = [${taken.map((entry) => tomlString(withPrefix(entry))).join(", ")}]`);
}

/** 192.0.2.0/255.255.255.0 -> 192.0.2.0/24 */
export function withPrefix(entry: string): string {
  const [address = "", mask] = entry.split("/");
  if (mask === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(mask)) return entry;
  const bits = mask.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
  const joined = bits.join("");
  return /^1*0*$/.test(joined) ? `${address}/${joined.lastIndexOf("1") + 1}` : entry;
}

/** Those that remain run as commands. */
function writeEnforcer({ jail, lines, note }: Draft): readonly ForeignAction[] {
  const ports: string[] = [];
  let closes: "nothing" | "ports" | "all" = "nothing";
  const others = jail.actions.filter((action) => {
    const closed = closedPorts(action);
    if (closed === undefined) return true;
    for (const text of closed.notes) note("changed", `action ${action.file}: ${text}`);
    if (closed.ports === "all") closes = "all";
    else if (closes === "nothing") closes = "ports";
    if (closed.ports !== "all") ports.push(...closed.ports);
    return false;
  });
  if ((closes as string) === "nothing") {
    lines.push('enforcer = "memory"');
    note("changed", "no action of it is one of our firewall's: it counts, and runs its actions");
  } else {
    lines.push('enforcer = "nftables"');
    lines.push(
      (closes as string) === "all"
        ? 'ports = "all"'
        : `ports = [${ports.map((port) => tomlString(port)).join(", ")}]`,
    );
  }
  return others;
}

function writeActions(
  { jail, directory, lines, note, wrong }: Draft,
  others: readonly ForeignAction[],
  { hasPython }: NativeOptions,
): void {
  const names = new Set<string>();
  for (const action of others) {
    const { name, file } = action;
    if (names.has(name)) wrong("action", `two actions ${name}`, "actname=… for one of them");
    names.add(name);
    if (file.endsWith(".py") && !hasPython)
      note("left", `action ${name} (action.d/${file}): it needs python3, which is not installed`);
    const written = writeAction(jail.name, action, directory);
    if (written === undefined) {
      note("left", `action ${name} (action.d/${file}): it has no command`);
      continue;
    }
    for (const text of written.notes) note("changed", `action ${name}: ${text}`);
    lines.push("", written.text.trimEnd());
  }
}

function writeIncrement(draft: Draft): void {
  const { jail, lines, wrong, note } = draft;
  const option = (key: string): string | undefined => jail.options.get(`bantime.${key}`)?.trim();
  const table = `[jails.${tomlKey(jail.name)}.increment]`;
  if (!isTrue(option("increment"))) {
    lines.push("", table, "enabled = false");
    return;
  }
  const multipliers = readMultipliers(jail);
  if (typeof multipliers === "string") {
    wrong("bantime.formula", option("formula") ?? "", multipliers);
    return;
  }
  lines.push("", table, "enabled = true", `multipliers = [${multipliers.join(", ")}]`);
  const maxtime = option("maxtime");
  if (maxtime) writeLength(draft, "maxtime", maxtime);
  const rndtime = option("rndtime");
  writeLength(draft, "jitter", rndtime || "0");
  lines.push(`overalljails = ${isTrue(option("overalljails"))}`);
  note("changed", "a known address is banned for longer, but each of its failures counts once");
}

/** What the formula makes of the first twenty-one bans, as multiples of bantime; or what is wrong with it. */
export function readMultipliers({
  options,
}: Pick<ForeignJail, "options">): readonly number[] | string {
  const bantime = readSeconds(options.get("bantime") ?? "600");
  const base = bantime.ok && bantime.value > 0 ? bantime.value : 600;
  const factor = calculate(options.get("bantime.factor")?.trim() || "1", new Map());
  if (!factor.ok) return `bantime.factor: ${factor.error}`;
  const listed = options.get("bantime.multipliers")?.trim();
  if (listed) return listed.split(/[\s,]+/).map((one) => round(Number(one) * factor.value));
  const formula =
    options.get("bantime.formula")?.trim() ||
    "ban.Time * (1 << (ban.Count if ban.Count < 20 else 20)) * banFactor";
  const multipliers: number[] = [];
  for (let count = 0; count <= 20; count++) {
    const names = new Map([
      ["ban.Time", base],
      ["ban.Count", count],
      ["banFactor", factor.value],
    ]);
    const value = calculate(formula, names);
    if (!value.ok) return `a formula of numbers, ban.Time, ban.Count and banFactor: ${value.error}`;
    multipliers.push(round(Math.max(1, value.value / base)));
  }
  return multipliers;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

const SILENT = new Set(["", "0"]);

/** There it is asked about every failure, here about who would be banned. */
function writeIgnoreCommand({ jail, lines, note }: Draft): void {
  const command = jail.options.get("ignorecommand")?.trim() ?? "";
  if (SILENT.has(command)) return;
  lines.push(`ignorecommand = ${tomlText(command)}`);
  const cache = parseNamedOptions(`cache[${jail.options.get("ignorecache")?.trim() ?? ""}]`);
  const time = cache.ok ? cache.value.options.get("max-time") : undefined;
  const keep = time === undefined ? undefined : readSeconds(time);
  lines.push(`ignorecommand_keep = "${keep?.ok === true ? Math.max(0, keep.value) : 0}s"`);
  note("changed", "ignorecommand is asked when somebody would be banned, for five seconds at most");
}

/** A log that is not there yet stops neither this jail nor another. */
function noteMissingLogs({ jail, note }: Draft): void {
  const skips = jail.options.get("skip_if_nologs");
  if (skips === undefined) return;
  note(
    "changed",
    `skip_if_nologs = ${skips}: a jail without a log waits for it, and stops no other`,
  );
}

/** Options that have no counterpart, said by name rather than ignored without a word. */
function noteLeft({ jail, note }: Draft): void {
  if (jail.options.get("ignoreself") !== undefined && !isTrue(jail.options.get("ignoreself")))
    note("changed", "ignoreself = false: this host's own addresses are never banned");
  const [matches, retries] = ["maxmatches", "maxretry"].map((key) => Number(jail.options.get(key)));
  if (matches !== undefined && retries !== undefined && matches < retries)
    note(
      "left",
      `maxmatches = ${matches}: every line that counted for a ban is kept, up to twenty`,
    );
}
