/**
 * Who is allowed right now, from everything that says so: ignoreip of each jail, the names in it as they resolved
 * last, the host's own addresses, and what administrators allowed. One list per jail for `decide/`, and one of what
 * every jail allows for the enforcer's door (invariant 4). Names are looked up in the background; a failed look-up
 * keeps the last good answer.
 */
import type { IgnoreEntry } from "../config/ignore-entry.ts";
import { type AllowEntry, type AllowList, createAllowList } from "../decide/allow-list.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Emit } from "../telemetry/events.ts";

export interface JailAllowance {
  readonly name: JailName;
  readonly ignoreip: readonly IgnoreEntry[];
}

export interface AllowOptions {
  readonly book: BanBook;
  readonly ownAddresses: () => readonly Ip[];
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly emit: Emit;
}

export interface Allow {
  /** The list of one jail; of the door when the jail is unknown (a manual ban of all jails). */
  listOf(jail: JailName): AllowList;
  readonly door: AllowList;
  /** Takes the jails' ignoreip, and everything else, as they are now. */
  rebuild(jails: readonly JailAllowance[], now: Instant): void;
  /** Looks every name up again; true when an answer changed and the lists were rebuilt. */
  resolveNames(now: Instant): Promise<boolean>;
}

/** All of it is this host, whichever addresses its interfaces name (RFC 1122, section 3.2.1.3). */
const LOOPBACK: readonly Subject[] = ["127.0.0.0/8", "::1"].flatMap(
  (text) => parseSubject(text) ?? [],
);

export function createAllow({ book, ownAddresses, resolveName, emit }: AllowOptions): Allow {
  const answers = new Map<string, readonly Ip[]>();
  let jails: readonly JailAllowance[] = [];
  let lists = new Map<JailName, AllowList>();
  let door = createAllowList([]);

  function rebuild(allowances: readonly JailAllowance[], now: Instant): void {
    jails = allowances;
    const common = [
      ...[...LOOPBACK, ...ownAddresses()].map(
        (subject): AllowEntry => ({ subject, because: "an address of this host" }),
      ),
      ...book.allowEntries(now).map(({ subject, who, reason }): AllowEntry => {
        const why = reason === "" ? "" : `: ${reason}`;
        return { subject, because: `allowed by ${who}${why}` };
      }),
    ];
    lists = new Map(
      jails.map(({ name, ignoreip }) => [
        name,
        createAllowList([...common, ...entriesOf(ignoreip)]),
      ]),
    );
    door = createAllowList([...common, ...everywhere()]);
  }

  /** What each of the jails allows: the door must not refuse a ban that one jail may well make. */
  function everywhere(): readonly AllowEntry[] {
    const [first, ...others] = jails.map(({ ignoreip }) => entriesOf(ignoreip));
    const sets = others.map((entries) => new Set<Subject>(entries.map(({ subject }) => subject)));
    return (first ?? []).filter(({ subject }) => sets.every((set) => set.has(subject)));
  }

  function entriesOf(ignoreip: readonly IgnoreEntry[]): readonly AllowEntry[] {
    return ignoreip.flatMap((entry): readonly AllowEntry[] => {
      if (entry.kind === "subject")
        return [{ subject: entry.subject, because: `ignoreip ${entry.subject}` }];
      const because = `ignoreip ${entry.name}`;
      return (answers.get(entry.name) ?? []).map((subject) => ({ subject, because }));
    });
  }

  async function resolveNames(now: Instant): Promise<boolean> {
    const names = new Set(
      jails.flatMap(({ ignoreip }) =>
        ignoreip.flatMap((entry) => (entry.kind === "name" ? [entry.name] : [])),
      ),
    );
    const before = JSON.stringify([...answers]);
    await Promise.all(
      [...names].map(async (name) => {
        try {
          const found = await resolveName(name);
          if (found.length > 0) answers.set(name, [...found].sort());
        } catch (error) {
          emit({
            event: "name-unresolved",
            name,
            reason: error instanceof Error ? error.message : String(error),
          });
        }
      }),
    );
    for (const name of answers.keys()) if (!names.has(name)) answers.delete(name);
    if (JSON.stringify([...answers]) === before) return false;
    rebuild(jails, now);
    return true;
  }

  return {
    listOf: (jail) => lists.get(jail) ?? door,
    get door() {
      return door;
    },
    rebuild,
    resolveNames,
  };
}
