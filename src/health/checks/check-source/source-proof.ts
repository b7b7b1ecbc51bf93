/** Converts what a look found about a reader to a proof. */
import { amount } from "../../../domain/amount.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import type { Proof } from "../../../domain/proof.ts";
import type { DeniedPath } from "../../../host/logs/denied-path.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import { describeSearch } from "../../../pipeline/sources/describe-search.ts";
import { fixOpenQuote } from "../../open-quote.ts";
import { ago } from "../../judge/time-ago.ts";
import type { Comparison } from "./comparison.ts";

export interface SourceFacts {
  readonly live: LiveJail;
  /** The reader's status; undefined: no source was found. */
  readonly source: SourceStatus | undefined;
  readonly denied: DeniedPath | undefined;
  readonly isJournalMissing: boolean;
  /** When reading began. */
  readonly beganAt: Instant | undefined;
  readonly comparison: Comparison | undefined;
}

const link = "source";

export function sourceProof(facts: SourceFacts, now: Instant): Proof {
  const { live, source, denied, isJournalMissing } = facts;
  const { fault } = live.search;
  if (fault !== undefined) return { kind: "found", link, at: now, ...fault };
  const isOpening =
    source === undefined ? live.search.source !== undefined : source.state === "opening";
  if (isOpening) return { kind: "unproven", link, evidence: "its log is being opened" };
  if (source === undefined) {
    const evidence = describeSearch(live.search);
    const fix = nameItsLog(live.jail.name);
    return { kind: "found", link, cause: "no-log", evidence, at: now, fix };
  }
  if (denied !== undefined) return permissionLost(denied, source, now);
  if (source.state === "reading")
    return isJournalMissing ? journalMissing(live, now) : reading(source, facts, now);
  const evidence = source.reason ?? `its source is ${source.state}`;
  const fix = fixOf(source, live.jail.name);
  return { kind: "found", link, cause: "source-failed", evidence, at: now, fix };
}

function nameItsLog(jail: string): string {
  return `set its log: [jails.${jail}] source = { file = ["/path/to/log"] }`;
}

function reading(
  source: SourceStatus,
  { live, comparison, beganAt }: SourceFacts,
  now: Instant,
): Proof {
  const { cutLines, overLimitLines = 0, missing = [] } = source;
  const cut =
    cutLines === 0
      ? ""
      : `, ${cutLines} of them cut (too long or without an end), of which only the complete part counts`;
  const overLimit = overLimitLines === 0 ? "" : `, ${overLimitLines} skipped (rules took too long)`;
  const { unstamped } = live.jail;
  const misfits =
    unstamped === 0 ? "" : `, ${unstamped} without a usable time (not in the form of time_format)`;
  // `where` of a journal already begins with its kind.
  const { where } = source;
  const place = where.startsWith(`${source.kind} `) ? where : `${source.kind} ${where}`;
  const absent = missing.length === 0 ? "" : ` (no such file yet: ${missing.join(", ")})`;
  const reads = `reads ${place}${absent}: ${amount(source.lines, "line")}${cut}${overLimit}${misfits}`;
  // Commands and standard input allow no comparison; a command's source is "reading" only once the command works.
  if (comparison === undefined)
    return { kind: "proven", link, evidence: reads, at: beganAt ?? now };
  const { kind, at, evidence } = comparison;
  const compared = `${evidence} (checked ${ago(at, now)})`;
  if (kind === "missed") {
    const fix =
      "let the journal keep its entries for longer: SystemMaxUse= in /etc/systemd/journald.conf";
    return { kind: "found", link, cause: "lines-dropped", evidence: compared, at, fix };
  }
  if (kind === "held") {
    const fix = fixOpenQuote(live.jail.filter.name);
    return { kind: "found", link, cause: "quote-open", evidence: compared, at, fix };
  }
  if (kind !== "stuck") return { kind: "proven", link, evidence: `${reads}; ${compared}`, at };
  const fix = "systemctl restart bailiff: reading resumes after the last line that was read";
  return { kind: "found", link, cause: "lines-unread", evidence: compared, at, fix };
}

/** Returns an unproven link: without a journal file nothing can be verified. */
function journalMissing({ search }: LiveJail, at: Instant): Proof {
  const directory = search.source?.kind === "journal" ? search.source.directory : undefined;
  const where =
    directory === undefined
      ? "neither /run/log/journal nor /var/log/journal contains a file that journald writes to"
      : `${directory} contains no file that journald writes to`;
  const evidence = `no journal found: ${where}`;
  const fix = `${directory === undefined ? "systemctl restart systemd-journald" : "correct the directory of the source"}, or set log files: source = { file = ["/path/to/log"] }`;
  return { kind: "found", link, cause: "source-failed", evidence, at, fix };
}

function permissionLost(denied: DeniedPath, source: SourceStatus, at: Instant): Proof {
  const { path, kind, mode, owner, group, user, groupMay } = denied;
  const verb = kind === "file" ? "read" : "enter";
  const evidence = `user ${user} may not ${verb} ${path} (mode ${mode}, owner ${owner}, group ${group})`;
  // The daemon must not be added to a user's private group or to root's group.
  const shared = group !== "root" && group !== owner;
  const into = shared ? group : "adm";
  const open = `${shared ? "" : `chgrp adm ${path} && `}chmod g+${kind === "file" ? "r" : "x"} ${path}`;
  const change = `${groupMay && shared ? "" : `${open} && `}usermod -aG ${into} ${user}`;
  const journal = source.kind === "journal" ? `usermod -aG systemd-journal ${user}` : change;
  const fix = `${journal} && systemctl restart bailiff`;
  return { kind: "found", link, cause: "permission-lost", evidence, at, fix };
}

function fixOf(source: SourceStatus, jail: string): string {
  switch (source.kind) {
    case "file":
      if (source.where === "") return nameItsLog(jail);
      return `check that the service logs to ${source.where}, or set another path: [jails.${jail}] source = { file = ["/path/to/log"] }`;
    case "journal":
      return "systemctl status systemd-journald shows the journal; reading resumes automatically";
    case "command":
      return "fix the command; bailiff restarts it automatically";
    case "stdin":
      return "restart bailiff with lines on its standard input";
  }
}
