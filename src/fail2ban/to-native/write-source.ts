/** Where a jail's lines come from: its logs, or the journal, which also stands in for logs that are not there. */
import { parseNamedOptions } from "../named-options.ts";
import { isTrue } from "../read-directory.ts";
import { tomlString } from "../toml-text.ts";
import type { Draft } from "./draft.ts";
import { linesOf, optionOf } from "./option-texts.ts";

/** `logExists`: whether a path or glob names a log that is there. */
export function writeSource(draft: Draft, logExists: (path: string) => boolean): void {
  const { jail, lines, note, wrong } = draft;
  const backend = jail.options.get("backend")?.trim().toLowerCase() ?? "auto";
  const matches = journalMatches(optionOf(jail, "journalmatch"));
  const paths = linesOf(jail.options.get("logpath")).map((line) => line.trim());
  const files = paths.map((path) => path.replace(/\s+(?:head|tail)$/, ""));
  if (paths.some((path) => path.endsWith(" tail")))
    note("changed", "logpath … tail: a log that was never read is read from findtime ago on");
  const wantsJournal = backend.startsWith("systemd");
  const noFile = files.length === 0 || !files.some(logExists);
  const instead = isTrue(jail.options.get("systemd_if_nologs") ?? "true");
  const journal = wantsJournal || (backend === "auto" && noFile && instead && matches.length > 0);
  checkEncoding(draft, journal);
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

/** What filters look for is ASCII, so any encoding will do that writes ASCII as it is. */
function checkEncoding({ jail, note, wrong }: Draft, journal: boolean): void {
  const encoding = jail.options.get("logencoding")?.trim().toLowerCase() ?? "auto";
  if (["auto", "utf-8", "utf8", "ascii"].includes(encoding)) return;
  if (!journal && /^u(?:tf)?[-_]?(?:16|32)/.test(encoding))
    wrong("logencoding", encoding, "an encoding that holds ASCII, such as utf-8 or latin1");
  else note("left", `logencoding = ${encoding}: logs are read as UTF-8`);
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

/** A log that is not there yet stops neither this jail nor another. */
export function noteMissingLogs({ jail, note }: Draft): void {
  const skips = jail.options.get("skip_if_nologs");
  if (skips === undefined) return;
  note(
    "changed",
    `skip_if_nologs = ${skips}: a jail without a log waits for it, and stops no other`,
  );
}
