/**
 * Finds the folder of the journal that a backend names, such as `systemd[namespace=ssh]` or
 * `systemd[journalfiles=/srv/journal/*]`. An option without an equivalent folder is refused, because the host's journal
 * is a different one.
 */
import { fail, ok, type Result } from "../../domain/result.ts";

export interface JournalHost {
  /** The host's machine-id(5); undefined: unknown. */
  readonly machineId: string | undefined;
  readonly exists: (path: string) => boolean;
}

export interface WrongJournal {
  /** The option as written, KEY=VALUE. */
  readonly got: string;
  readonly expected: string;
}

const PLACES = ["journalpath", "journalfiles", "namespace"] as const;

/** Returns the folder; undefined: the host's own journal. */
export function readJournalFolder(
  options: ReadonlyMap<string, string>,
  host: JournalHost,
): Result<string | undefined, WrongJournal> {
  const named = PLACES.flatMap((key) => {
    const value = options.get(key)?.trim();
    return value === undefined || value === "" ? [] : [{ key, value }];
  });
  const [first, ...others] = named;
  if (first === undefined) return ok(undefined);
  const got = named.map(({ key, value }) => `${key}=${value}`).join(", ");
  if (others.length > 0) return fail({ got, expected: `one of ${PLACES.join(", ")}` });
  const { key, value } = first;
  switch (key) {
    case "journalpath":
      return value.startsWith("/") ? ok(value) : fail({ got, expected: "an absolute path" });
    case "journalfiles": {
      const folder = ALL_FILES.exec(value)?.groups?.["folder"];
      const expected = "all files of one folder, /FOLDER/*, or journalpath=/FOLDER";
      return folder === undefined ? fail({ got, expected }) : ok(folder);
    }
    case "namespace":
      return folderOfNamespace(value, got, host);
  }
}

/** Matches all files of a folder: `/srv/journal/*`, `/srv/journal/*.journal`, `/srv/journal/*.journal*`. */
const ALL_FILES = /^(?<folder>\/[^*?[\]\s]*)\/\*(?:\.journal\*?)?$/;

/** Returns the folder of a journal namespace, as systemd-journald.service(8) names it. */
function folderOfNamespace(
  namespace: string,
  got: string,
  { machineId, exists }: JournalHost,
): Result<string, WrongJournal> {
  if (!/^[\w:-][\w.:-]*$/.test(namespace))
    return fail({ got, expected: "the name of one journal namespace" });
  if (machineId === undefined)
    return fail({ got, expected: "a machine-id in /etc/machine-id, to find the namespace by" });
  const folders = ROOTS.map((root) => `${root}/${machineId}.${namespace}`);
  const [root = ROOTS[1]] = ROOTS.filter(exists);
  return ok(folders.find(exists) ?? `${root}/${machineId}.${namespace}`);
}

/** Folders of persistent and of volatile journals. */
const ROOTS = ["/var/log/journal", "/run/log/journal"] as const;
