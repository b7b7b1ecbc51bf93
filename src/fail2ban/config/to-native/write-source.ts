/**
 * Writes the source of a jail: its logs, or the journal. The journal also replaces logs that do not exist. A jail
 * without an expression or a log is only for manual bans, as in fail2ban.
 */
import { type JournalHost, readJournalFolder } from "../journal-folder.ts";
import { parseNamedOptions } from "../named-options.ts";
import { isTrue } from "../read-directory.ts";
import { tomlString } from "../toml-text.ts";
import type { Draft } from "./draft.ts";
import type { Fail2banJail } from "../read-directory.ts";
import { wrongBackend } from "../wrong-values.ts";
import { splitShell } from "../split-shell.ts";
import { linesOf, optionOf } from "./option-texts.ts";
import { fits } from "./write-length.ts";

export interface SourceHost {
  /** Reports whether a path or glob names an existing log. */
  readonly logExists: (path: string) => boolean;
  /** The host's machine-id(5); undefined: unknown. */
  readonly machineId: string | undefined;
}

export function writeSource(draft: Draft, { logExists, machineId }: SourceHost): void {
  const { jail, lines, note } = draft;
  const backend = backendOf(jail);
  const paths = linesOf(jail.options.get("logpath")).map((line) => line.trim());
  const files = readableOf(
    paths.map((path) => path.replace(/\s+(?:head|tail)$/, "")).filter(holdsLines),
    draft,
  );
  if (paths.some((path) => path.endsWith(" tail")))
    note("changed", "logpath … tail: a log that was never read is read from findtime ago on");
  const wantsJournal = backend.toLowerCase().startsWith("systemd");
  const matches = journalMatches(draft, wantsJournal);
  const noFile = files.length === 0 || !files.some(logExists);
  const instead = isTrue(jail.options.get("systemd_if_nologs") ?? "true");
  const journal =
    wantsJournal || (backend.toLowerCase() === "auto" && noFile && instead && matches.length > 0);
  const isSilent = linesOf(optionOf(jail, "failregex")).length === 0;
  const named = journal ? (matches.length > 0 ? "the journal" : "") : files.join(", ");
  if (isSilent || (!journal && named === "")) return writeNone(draft, named, isSilent);
  checkEncoding(draft, journal);
  if (journal && !wantsJournal && files.length > 0)
    note(
      "changed",
      `no log at ${files.join(", ")}: its lines are read from the journal (${matches.join(" or ")}); once the log exists, bailiff reload reads it`,
    );
  noteUnread(draft, { wantsJournal, journal });
  if (journal) {
    const directory = journalFolder(draft, backend, { machineId, exists: logExists });
    if (matches.length === 0)
      note(
        "changed",
        "no journalmatch: the whole journal is matched, except bailiff's own lines; of other accounts' lines none counts",
      );
    const listed = matches.map((match) => tomlString(match)).join(", ");
    const which = matches.length === 0 ? '"all"' : `[${listed}]`;
    const where = directory === undefined ? "" : `, directory = ${tomlString(directory)}`;
    lines.push(`source = { journal = ${which}${where} }`);
  } else lines.push(`source = { file = [${files.map((file) => tomlString(file)).join(", ")}] }`);
}

/** Notes that only log or journal is read, if a jail has both. */
function noteUnread(
  { jail, note }: Draft,
  { wantsJournal, journal }: { readonly wantsJournal: boolean; readonly journal: boolean },
): void {
  const isSaid = (key: string): boolean => (jail.options.get(key)?.trim() ?? "") !== "";
  if (wantsJournal && isSaid("logpath"))
    note("left", "logpath: with backend = systemd the journal is read, and no file");
  if (!journal && isSaid("journalmatch"))
    note("left", "journalmatch: the jail reads files, and not the journal");
}

/** Reports whether the path can contain lines: /dev/null is a common way to give a jail no log. */
function holdsLines(path: string): boolean {
  return path !== "/dev/null";
}

/**
 * Leaves out relative paths, and options that a blank before their name made a line of logpath: fail2ban finds no file
 * for them, and reads the others. Without others, the jail is left out with these as the reason.
 */
function readableOf(files: readonly string[], { doubt }: Draft): readonly string[] {
  const absolute = files.filter((path) => path.startsWith("/"));
  if (absolute.length === 0) return files;
  for (const path of files.filter((one) => !absolute.includes(one)))
    doubt("logpath", path, "an absolute path", "only the jail's other paths are read");
  return absolute;
}

/**
 * Writes a jail without a source. Reports a log without expression, or an expression without log: one may have been
 * forgotten.
 */
function writeNone(
  { jail, lines, note, doubt, wrong }: Draft,
  named: string,
  isSilent: boolean,
): void {
  lines.push('source = "none"');
  // A jail that already has problems needs no further report.
  if (jail.problems.length > 0) return;
  const logpath = jail.options.get("logpath");
  // fail2ban skips such a jail as well.
  if (!isSilent && logpath?.trim() === "") return wrong("logpath", "none", "at least one path");
  if (isSilent && named !== "")
    return doubt(
      "failregex",
      "no expression",
      "a filter with a failregex",
      `nothing in ${named} can match: bans by hand only`,
    );
  if (!isSilent && logpath === undefined)
    return doubt("logpath", "none", "at least one path", "no log is read: bans by hand only");
  note("changed", `${isSilent ? "no failregex" : "no log to read"}: bans by hand only`);
}

/**
 * Checks the encoding of the log. Filters search for ASCII text, so any encoding that contains ASCII unchanged is
 * accepted.
 */
function checkEncoding({ jail, note, wrong }: Draft, journal: boolean): void {
  const encoding = jail.options.get("logencoding")?.trim().toLowerCase() ?? "auto";
  if (["auto", "utf-8", "utf8", "ascii"].includes(encoding)) return;
  if (!journal && /^u(?:tf)?[-_]?(?:16|32)/.test(encoding))
    wrong("logencoding", encoding, "an encoding that contains ASCII, such as utf-8 or latin1");
  else note("left", `logencoding = ${encoding}: logs are read as UTF-8`);
}

/** Returns the backend; an unknown one, which is reported elsewhere, counts as auto. */
function backendOf({ options }: Fail2banJail): string {
  const text = options.get("backend")?.trim() ?? "auto";
  return wrongBackend(text) === undefined ? text : "auto";
}

/** Returns the folder in a backend such as `systemd[journalpath=/var/log/journal, journalflags=1]`. */
function journalFolder(draft: Draft, backend: string, host: JournalHost): string | undefined {
  const parsed = parseNamedOptions(backend.trim());
  const options = parsed.ok ? parsed.value.options : new Map<string, string>();
  for (const [key, value] of options)
    if (UNUSED_OPTIONS.has(key))
      draft.note("left", `backend systemd[${key}=${value}]: every file of that journal is read`);
  const folder = readJournalFolder(options, host);
  if (folder.ok) return folder.value;
  draft.wrong("backend", folder.error.got, folder.error.expected);
  return undefined;
}

/** Options that select files of one journal; they do not change the folder. */
const UNUSED_OPTIONS: ReadonlySet<string> = new Set(["journalflags", "rotated"]);

/** Returns the valid matches; those of the jail override those of its filter. */
function journalMatches(draft: Draft, wantsJournal: boolean): readonly string[] {
  const { matches, unusable } = readMatches(optionOf(draft.jail, "journalmatch"));
  const instead = matches.length > 0 ? "what remains of it" : "the whole journal";
  for (const { word, stops } of unusable)
    draft.unusable(
      "journalmatch",
      word,
      "FIELD=value",
      instead,
      wantsJournal || stops === "always",
    );
  return matches;
}

interface ReadMatches {
  readonly matches: readonly string[];
  /** Invalid words: fail2ban always parses the option, but checks the fields only if it reads the journal. */
  readonly unusable: readonly {
    readonly word: string;
    readonly stops: "always" | "with the journal";
  }[];
}

/** Parses "A=x B=y + C=z": "+" and a newline begin another alternative. */
function readMatches(text: string | undefined): ReadMatches {
  const matches: string[] = [];
  const unusable: ReadMatches["unusable"][number][] = [];
  for (const line of linesOf(text)) {
    const words = splitShell(line);
    if (words === undefined) unusable.push({ word: line, stops: "always" });
    let fields: string[] = [];
    for (const word of [...(words ?? []), "+"]) {
      if (word !== "+") {
        if (fits("source", { journal: [word] })) fields.push(word);
        else unusable.push({ word, stops: "with the journal" });
        continue;
      }
      if (fields.length > 0) matches.push(fields.join(" "));
      fields = [];
    }
  }
  return { matches, unusable };
}

/** Notes missing logs; the jail runs anyway, and reads them when they appear. */
export function noteMissingLogs({ jail, note }: Draft): void {
  const skips = jail.options.get("skip_if_nologs");
  if (skips === undefined) return;
  note(
    "changed",
    `skip_if_nologs = ${skips}: a jail without a log waits for it, and stops no other`,
  );
}
