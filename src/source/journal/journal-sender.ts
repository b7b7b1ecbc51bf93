/**
 * Decides who wrote a journal entry, as far as journald proves it. `_COMM` and `_EXE` are the name and the file of a
 * process: a local user can choose the first by prctl(2) and the second by copying a file. Only credentials and the
 * control group, which the kernel attaches (systemd.journal-fields(7)), prove whose process it is.
 */

import type { LineFields } from "../../domain/line-batch.ts";

/**
 * Fields that no unprivileged process can choose. `_SYSTEMD_USER_UNIT` is not one of them: users name their own units.
 */
const PROVING_FIELDS: ReadonlySet<string> = new Set([
  "_UID",
  "_GID",
  "_PID",
  "_SYSTEMD_UNIT",
  "_SYSTEMD_CGROUP",
  "_SYSTEMD_SLICE",
  "_SYSTEMD_SESSION",
  "_SYSTEMD_OWNER_UID",
  "_SYSTEMD_INVOCATION_ID",
  "_AUDIT_LOGINUID",
  "_CAP_EFFECTIVE",
]);

/** UID_MIN of login.defs(5) as distributions set it. */
const FIRST_LOGIN_UID = 1000;
/** UIDs that systemd assigns to services with DynamicUser= (uid-gid scheme of systemd). */
const DYNAMIC_UIDS = { first: 61_184, last: 65_519 } as const;
const NOBODY = 65_534;
/** journald sets it for messages that it reads from the kernel's buffer, which only root can write. */
const KERNEL = "_TRANSPORT=kernel";

/** Slices that contain every service or every login, so they identify no sender. */
const COMMON_SLICES: ReadonlySet<string> = new Set(
  ["-.slice", "system.slice", "user.slice"].map((slice) => `_SYSTEMD_SLICE=${slice}`),
);

/** Returns whether a journal match, a list of FIELD=value, names the accounts or units of its senders. */
export function provesSender(match: readonly string[]): boolean {
  return (
    match.some((field) => PROVING_FIELDS.has(nameOf(field)) && !COMMON_SLICES.has(field)) ||
    namesKernelOnly(match)
  );
}

/** Returns whether only messages of the kernel satisfy a match. Several values of one field are alternatives. */
function namesKernelOnly(match: readonly string[]): boolean {
  const transports = match.filter((field) => nameOf(field) === nameOf(KERNEL));
  return transports.length > 0 && transports.every((field) => field === KERNEL);
}

/**
 * Tests whether an entry satisfies any of these matches; a list without a match accepts every entry, as for journalctl.
 */
export function createMatchTest(
  matches: readonly (readonly string[])[],
): (journal: LineFields["journal"]) => boolean {
  if (matches.length === 0) return () => true;
  const alternatives = matches.map(readMatch);
  return (journal) => alternatives.some((match) => satisfies(match, journal));
}

/**
 * Tests whether an entry that satisfies any of these matches is trusted. A match that names no sender trusts only
 * entries of root and of the kernel, which has no account: any account can call its process sshd.
 */
export function createEntryTest(
  matches: readonly (readonly string[])[],
): (fields: Pick<LineFields, "journal">) => boolean {
  const alternatives = matches.map(readMatch);
  return ({ journal }) =>
    alternatives.some(
      (match) => satisfies(match, journal) && (match.proven || isRoot(journal.get("_UID"))),
    );
}

/**
 * Creates a test for entries that satisfy a match although their sender is not trusted. undefined: every match restricts
 * the sender, so there are no such entries.
 */
export function createRefusalTest(
  matches: readonly (readonly string[])[],
): ((fields: Pick<LineFields, "journal">) => boolean) | undefined {
  const open = matches.filter((match) => !provesSender(match)).map(readMatch);
  if (open.length === 0) return undefined;
  const takes = createEntryTest(matches);
  return (fields) => open.some((match) => satisfies(match, fields.journal)) && !takes(fields);
}

interface ReadMatch {
  readonly fields: readonly {
    readonly name: string;
    readonly values: ReadonlySet<string | undefined>;
  }[];
  readonly proven: boolean;
}

function readMatch(match: readonly string[]): ReadMatch {
  const pairs = match.map((field) => [nameOf(field), field.slice(nameOf(field).length + 1)]);
  // Several values of one field are alternatives, as for journalctl(1).
  const values = Map.groupBy(pairs, ([name]) => name);
  const fields = [...values].map(([name = "", all]) => ({
    name,
    values: new Set(all.map(([, value]) => value)),
  }));
  return { fields, proven: provesSender(match) };
}

function satisfies({ fields }: ReadMatch, journal: LineFields["journal"]): boolean {
  return fields.every(({ name, values }) => values.has(journal.get(name)));
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf("="));
}

/** Returns whether root wrote the entry, or the kernel, whose messages have no account (undefined). */
function isRoot(uid: string | undefined): boolean {
  return uid === undefined || uid === "0";
}

/** Returns whether an account for people, or a container of one, wrote it, rather than root or a service. */
export function isLoginAccount(uid: string | undefined): boolean {
  if (uid === undefined || !/^\d+$/.test(uid)) return false;
  const number = Number(uid);
  if (number >= DYNAMIC_UIDS.first && number <= DYNAMIC_UIDS.last) return false;
  return number >= FIRST_LOGIN_UID && number !== NOBODY;
}

/**
 * Returns whether it is a unit of the system manager into which no user can put a process, unlike a login's scope or a
 * user's manager.
 */
export function isServiceUnit(unit: string | undefined): boolean {
  return unit !== undefined && unit.endsWith(".service") && !unit.startsWith("user@");
}
