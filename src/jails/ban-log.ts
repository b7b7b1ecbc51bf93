/**
 * Finds jails that count bans, as fail2ban's recidive does, but read a log without bans. bailiff writes ban lines only
 * to the file in `[fail2ban] log`.
 */
import type { JailConfig } from "../config/config.ts";
import {
  type FilterDefinition,
  patternsOf,
  type RuleDefinition,
} from "../domain/filter-definition.ts";
import { hasWildcard, matchesPath } from "../source/file/match-glob.ts";

export interface MissedBanLog {
  readonly evidence: string;
  readonly fix: string;
}

/** Returns undefined if the jail counts no bans, or reads the log that contains them. */
export function findMissedBanLog(
  { name, source }: Pick<JailConfig, "name" | "source">,
  filter: FilterDefinition | undefined,
  { log, isFromFail2ban }: { readonly log: string | undefined; readonly isFromFail2ban: boolean },
): MissedBanLog | undefined {
  if (filter === undefined || !readsBans(filter)) return undefined;
  switch (source.kind) {
    case "none":
    case "stdin":
    case "command":
    case "container":
      return undefined;
    case "file": {
      if (log !== undefined && source.files.some((file) => matchesPath(log, file)))
        return undefined;
      const files = source.files.join(", ");
      const written = log === undefined ? "no such log" : `them to ${log}`;
      const evidence = `it counts the bans in ${files}, and bailiff writes ${written}: it can never ban`;
      const to = source.files.find((file) => !hasWildcard(file)) ?? DEFAULT_LOG;
      return { evidence, fix: `in bailiff's configuration: [fail2ban] log = "${to}"` };
    }
    case "auto":
    case "journal": {
      const evidence =
        "it counts the bans of fail2ban.service in the journal, where bailiff writes none: it can never ban";
      const to = log ?? DEFAULT_LOG;
      const read = isFromFail2ban
        ? `[${name}] backend = auto and logpath = ${to}`
        : `[jails.${name}] source = { file = ["${to}"] }`;
      const write =
        log === undefined ? `[fail2ban] log = "${to}" in bailiff's configuration, and ` : "";
      return { evidence, fix: `${write}${read}` };
    }
  }
}

const DEFAULT_LOG = "/var/log/fail2ban.log";

/** Reports whether a filter recognizes fail2ban's ban lines, such as `NOTICE [sshd] Ban 192.0.2.7`. */
function readsBans({ python, rules }: FilterDefinition): boolean {
  const texts =
    python === undefined ? rules.flatMap(textsOf) : [python.prefregex ?? "", ...python.failregex];
  const text = texts.join("\n");
  return /\bBan(?:\s|\\s|\\ )/.test(text) && /fail2ban|NOTICE/.test(text);
}

function textsOf({ recognize }: RuleDefinition): readonly string[] {
  switch (recognize.kind) {
    case "line":
      return recognize.patterns;
    case "regex":
      return [recognize.source];
    case "record":
      return patternsOf(recognize);
  }
}
