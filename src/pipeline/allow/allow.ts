/**
 * Who is allowed right now, from everything that says so: ignoreip of each jail, the names in it as they resolved
 * last, the files it names, the host's own addresses, and what administrators allowed. One list per jail for `detect/`, and one of what
 * every jail allows for the enforcer's door (invariant 4).
 */
import type { IgnoreEntry } from "../../config/kinds/ignore-entry.ts";
import { type AllowEntry, type AllowList, createAllowList } from "../../detect/allow-list.ts";
import { ALWAYS_EXEMPT } from "../../detect/always-exempt.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Emit } from "../../telemetry/events.ts";
import { createAddressFiles } from "./address-files.ts";
import { createNameAnswers } from "./name-answers.ts";
import { createStateStore } from "../../record/state-store.ts";
import { describeAllowance } from "./describe-allowance.ts";

export interface JailAllowance {
  readonly name: JailName;
  readonly ignoreip: readonly IgnoreEntry[];
  /** Of translators of this network; none when missing. */
  readonly nat64_prefixes?: readonly Subject[];
}

export interface AllowOptions {
  readonly book: BanBook;
  readonly ownAddresses: () => readonly Ip[];
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly emit: Emit;
}

/** An entry of ignoreip that has never given an address: it exempts nobody. */
export interface EmptyEntry {
  /** As it is written. */
  readonly entry: string;
  readonly reason: string;
}

export interface Allow {
  /** The list of one jail; of the door when the jail is unknown. */
  listOf(jail: JailName): AllowList;
  readonly door: AllowList;
  /** Takes the jails' ignoreip, and everything else, as they are now. `others` get a list, and do not change the door's. */
  rebuild(jails: readonly JailAllowance[], now: Instant, others?: readonly JailAllowance[]): void;
  /** Looks every name up again; true when the lists were rebuilt. */
  resolveNames(now: () => Instant): Promise<boolean>;
  /** Whether there are names that were not looked up since the start. */
  readonly awaitsNames: boolean;
  /** Whether the latest look-up of a name failed. */
  readonly isFailing: boolean;
  /** Names and files of ignoreip that exempt nobody, each once. */
  empty(): readonly EmptyEntry[];
}

export function createAllow({ book, ownAddresses, resolveName, emit }: AllowOptions): Allow {
  const answers = createNameAnswers({ stateStore: createStateStore(book), resolveName, emit });
  const files = createAddressFiles(emit);
  let jails: readonly JailAllowance[] = [];
  let others: readonly JailAllowance[] = [];
  let lists = new Map<JailName, AllowList>();
  let door = createAllowList([]);

  function rebuild(
    allowances: readonly JailAllowance[],
    now: Instant,
    more: readonly JailAllowance[] = others,
  ): void {
    jails = allowances;
    others = more;
    const common = [
      ...ALWAYS_EXEMPT,
      ...ownAddresses().map(
        (subject): AllowEntry => ({ subject, because: "an address of this host" }),
      ),
      ...book
        .allowEntries(now)
        .map(
          (entry): AllowEntry => ({ subject: entry.subject, because: describeAllowance(entry) }),
        ),
    ];
    const shared = [...common, ...everywhere()];
    door = createAllowList(shared, prefixesOfAll());
    lists = new Map([
      ...others.map(({ name, ignoreip, nat64_prefixes }): [JailName, AllowList] => [
        name,
        createAllowList([...shared, ...entriesOf(ignoreip)], nat64_prefixes),
      ]),
      ...jails.map(({ name, ignoreip, nat64_prefixes }): [JailName, AllowList] => [
        name,
        createAllowList([...common, ...entriesOf(ignoreip)], nat64_prefixes),
      ]),
    ]);
  }

  /** What each of the jails allows: the door must not refuse a ban that one jail may well make. */
  function everywhere(): readonly AllowEntry[] {
    const all = jails.map(({ ignoreip }) => createAllowList(entriesOf(ignoreip)));
    const entries = all.flatMap((list) => list.entries);
    return entries.filter(({ subject }) => all.every((list) => list.contains(subject)));
  }

  /** Prefixes of translators that each of the jails has. */
  function prefixesOfAll(): readonly Subject[] {
    const [first, ...rest] = jails.map(({ nat64_prefixes = [] }) => nat64_prefixes);
    return (first ?? []).filter((prefix) => rest.every((list) => list.includes(prefix)));
  }

  function entriesOf(ignoreip: readonly IgnoreEntry[]): readonly AllowEntry[] {
    return ignoreip.flatMap((entry): readonly AllowEntry[] => {
      if (entry.kind === "subject")
        return [{ subject: entry.subject, because: `ignoreip ${entry.subject}` }];
      if (entry.kind === "file")
        return files
          .of(entry.path)
          .map((subject) => ({ subject, because: `ignoreip file:${entry.path}` }));
      const answer = answers.of(entry.name);
      if (answer === undefined) return [];
      const { addresses, answeredAt, isOld } = answer;
      const age = isOld ? ` (its last answer, of ${formatInstant(answeredAt)})` : "";
      const because = `ignoreip ${entry.name}${age}`;
      return addresses.map((subject) => ({ subject, because, since: answeredAt }));
    });
  }

  function names(): readonly string[] {
    const entries = [...jails, ...others].flatMap(({ ignoreip }) => ignoreip);
    return [...new Set(entries.flatMap((entry) => (entry.kind === "name" ? [entry.name] : [])))];
  }

  function empty(): readonly EmptyEntry[] {
    const entries = [...jails, ...others].flatMap(({ ignoreip }) => ignoreip);
    const found = entries.flatMap((entry): readonly (readonly [string, string])[] => {
      if (entry.kind === "subject") return [];
      if (entry.kind === "name") {
        const reason = answers.failureOf(entry.name);
        const isEmpty = reason !== undefined && answers.of(entry.name) === undefined;
        return isEmpty ? [[entry.name, reason]] : [];
      }
      const reason = files.emptinessOf(entry.path);
      return reason === undefined ? [] : [[`file:${entry.path}`, reason]];
    });
    return [...new Map(found)].map(([entry, reason]) => ({ entry, reason }));
  }

  async function resolveNames(now: () => Instant): Promise<boolean> {
    if (!(await answers.lookUp(names(), now))) return false;
    rebuild(jails, now());
    return true;
  }

  return {
    listOf: (jail) => lists.get(jail) ?? door,
    get door() {
      return door;
    },
    rebuild,
    resolveNames,
    empty,
    get awaitsNames() {
      return names().some((name) => !answers.isLookedUp(name));
    },
    get isFailing() {
      return answers.isFailing;
    },
  };
}
