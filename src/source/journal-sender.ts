/**
 * Who wrote a journal entry, as far as journald proves it. `_COMM` and `_EXE` say what a process is called and which file it
 * runs: a local user chooses the one by prctl(2) and the other by a copy. Only credentials and the control group, which the
 * kernel attaches (systemd.journal-fields(7)), say whose process it is.
 */

/** Fields that no unprivileged process can choose. `_SYSTEMD_USER_UNIT` is not among them: users name their own units. */
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
/** systemd gives these to services with DynamicUser= (uid-gid scheme of systemd). */
const DYNAMIC_UIDS = { first: 61_184, last: 65_519 } as const;
const NOBODY = 65_534;

/** Whether a journal match, a list of FIELD=value, says whose processes it means. */
export function provesSender(match: readonly string[]): boolean {
  return match.some((field) => PROVING_FIELDS.has(field.slice(0, field.indexOf("="))));
}

/** Whether an account for people, or a container of one, wrote it, rather than root or a service. */
export function isLoginAccount(uid: string | undefined): boolean {
  if (uid === undefined || !/^\d+$/.test(uid)) return false;
  const number = Number(uid);
  if (number >= DYNAMIC_UIDS.first && number <= DYNAMIC_UIDS.last) return false;
  return number >= FIRST_LOGIN_UID && number !== NOBODY;
}

/** A unit of the system's own, which no user can put a process into: neither a login's scope nor a user's manager. */
export function isServiceUnit(unit: string | undefined): boolean {
  return unit !== undefined && unit.endsWith(".service") && !unit.startsWith("user@");
}
