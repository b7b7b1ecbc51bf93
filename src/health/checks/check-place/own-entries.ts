/** Finds the journal entries of a jail's programs, whatever the jail reads. */
import { isProgramGlob, isProgramOf } from "../../../domain/program-glob.ts";
import type { LineFields } from "../../../domain/line-batch.ts";
import { acceptsOf } from "../../../pipeline/sources/source-plan.ts";
import { isLoginAccount } from "../../../source/journal/journal-sender.ts";
import type { WatchedJail } from "../../jail-check.ts";

export function directoryOf({ live }: WatchedJail): string | undefined {
  const { source } = live.search;
  return source?.kind === "journal" ? source.directory : undefined;
}

/**
 * Returns journal matches on trusted fields and on program names, which any process can set; `isOwnEntry` then excludes
 * forged entries.
 */
export function matchesOf(jails: readonly WatchedJail[]): readonly (readonly string[])[] {
  const groups = jails.flatMap(({ live }) => {
    const { programs, journal } = live.definition;
    return [
      ...journal.map((match) => match.split(/\s+/)),
      // The journal cannot match a glob; filters with one name an exact program too.
      ...programs
        .filter((program) => !isProgramGlob(program))
        .flatMap((program) => [
          [`_COMM=${program.slice(0, 15)}`],
          [`SYSLOG_IDENTIFIER=${program}`],
        ]),
    ];
  });
  return [...new Map(groups.map((group) => [group.join(" "), group])).values()];
}

/**
 * Reports whether an entry is evidence about a jail's programs. Any login account can start a process with their name,
 * so its entries are evidence only if the filter's journal matches accept them.
 */
export function isOwnEntry(watched: WatchedJail, fields: LineFields): boolean {
  if (isKnown(watched, fields)) return true;
  const { programs } = watched.live.definition;
  return !isLoginAccount(fields.journal.get("_UID")) && isProgramOf(programs, fields.program);
}

/** Reports whether the filter's journal matches accept the line. */
function isKnown({ live }: WatchedJail, fields: LineFields): boolean {
  const matches = live.definition.journal.map((match) => match.split(/\s+/));
  return acceptsOf({ kind: "journal", matches, directory: undefined })?.(fields) === true;
}

/** Returns a value for the key `source`: the filter's matches if they accept the line, else matches on its sender. */
export function journalSetting(watched: WatchedJail, fields: LineFields): string {
  const directory = directoryOf(watched);
  const { journal } = watched.live.definition;
  const marks = ["_SYSTEMD_UNIT", "_COMM", "SYSLOG_IDENTIFIER"];
  const mark = marks.find((name) => fields.journal.has(name)) ?? "_COMM";
  // A program name alone is forgeable, so the account is matched too.
  const account = mark === "_SYSTEMD_UNIT" ? "" : ` _UID=${fields.journal.get("_UID") ?? "0"}`;
  const matches = isKnown(watched, fields)
    ? journal
    : [`${mark}=${fields.journal.get(mark) ?? ""}${account}`];
  const quoted = matches.map((match) => JSON.stringify(match)).join(", ");
  const where = directory === undefined ? "" : `, directory = ${JSON.stringify(directory)}`;
  return `{ journal = [${quoted}]${where} }`;
}
