/**
 * Determines whether a jail's source contains only its own lines. They are then counted, judged and matched even if
 * another program's name precedes the message (a container, a renamed service).
 */
import type { LineFields } from "../../domain/line-batch.ts";
import { isLoginAccount } from "../../source/journal/journal-sender.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import { acceptsOf, type Watch } from "./source-plan.ts";

/** Journal fields that name one writer. */
const WRITER_FIELDS: ReadonlySet<string> = new Set([
  ...["_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "_SYSTEMD_CGROUP", "_SYSTEMD_INVOCATION_ID", "_PID"],
  ...["CONTAINER_NAME", "CONTAINER_ID", "CONTAINER_ID_FULL", "CONTAINER_TAG", "IMAGE_NAME"],
  ...["SYSLOG_IDENTIFIER", "_COMM", "_EXE"],
]);

/** Returns undefined if the journal was found automatically, or lines of others are in the source too. */
export function ownsOf(
  { jail, source }: Watch,
  watches: readonly Watch[],
): ((fields: LineFields | undefined) => boolean) | undefined {
  // A file that was found automatically is one that the filter names.
  if (jail.config.source.kind === "auto" && source.kind !== "file") return undefined;
  const others = watches.filter((one) => one.jail.filter.name !== jail.filter.name);
  switch (source.kind) {
    case "file":
      return others.length > 0 || source.files.some(isSharedLog) ? undefined : () => true;
    case "command":
    case "stdin":
      return others.length > 0 ? undefined : () => true;
    case "journal":
      return ownsEntries(source.matches, others);
  }
}

/** Returns whether no jail of another filter reads a jail's source, which is not the journal. */
export function readsAlone({ jail, source }: Watch, watches: readonly Watch[]): boolean {
  const isAlone = watches.every((one) => one.jail.filter.name === jail.filter.name);
  return isAlone && source.kind !== "journal";
}

function ownsEntries(
  matches: readonly (readonly string[])[],
  others: readonly Watch[],
): ((fields: LineFields | undefined) => boolean) | undefined {
  const names = (match: readonly string[], fields: ReadonlySet<string>): boolean =>
    match.some((field) => fields.has(field.slice(0, field.indexOf("="))));
  if (!matches.every((match) => names(match, WRITER_FIELDS))) return undefined;
  const saysAccount = matches.every((match) => names(match, new Set(["_UID"])));
  const taken = others.flatMap(({ source }) => acceptsOf(source) ?? []);
  return (fields) => {
    if (fields === undefined) return false;
    // If logins get no separate scope, users' shells run in the unit too.
    if (!saysAccount && isLoginAccount(fields.journal.get("_UID"))) return false;
    return !taken.some((accepts) => accepts(fields));
  };
}
