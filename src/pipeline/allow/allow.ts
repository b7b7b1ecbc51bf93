/**
 * Collects who is allowed now, from all sources: ignoreip of each jail, its names as last resolved, its files, its
 * trusted proxies, the host's own addresses, and the allow-list of administrators. Builds one list per jail for `detect/`, and one of the
 * entries that all jails share, for the enforcer (invariant 4).
 */
import type { IgnoreEntry } from "../../config/kinds/ignore-entry.ts";
import type { ProxyEntry } from "../../config/kinds/proxy-list-kind.ts";
import { type AllowEntry, type AllowList, createAllowList } from "../../detect/allow-list.ts";
import { ALWAYS_EXEMPT } from "../../detect/always-exempt.ts";
import type { JudgingBook } from "../../domain/judging-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Emit } from "../../telemetry/events.ts";
import { type AddressFiles, createAddressFiles } from "./address-files.ts";
import { NameAnswers } from "./name-answers.ts";
import { createStateStore } from "../../record/state-store.ts";
import { describeAllowance } from "./describe-allowance.ts";

export interface JailAllowance {
  readonly name: JailName;
  readonly ignoreip: readonly IgnoreEntry[];
  /** NAT64 prefixes of this network; empty when missing. */
  readonly nat64_prefixes?: readonly Subject[];
  /** Proxies, which are exempt because a ban of one would shut out all clients behind it. */
  readonly trusted_proxies?: readonly ProxyEntry[] | undefined;
}

export interface AllowOptions {
  readonly book: JudgingBook;
  /** Addresses that are exempt because of what they are to this host. */
  readonly hostAddresses: () => readonly AllowEntry[];
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly emit: Emit;
}

/** An entry of ignoreip that has never yielded an address, so it exempts nobody. */
export interface EmptyEntry {
  /** The entry as in the configuration. */
  readonly entry: string;
  readonly reason: string;
}

interface TrustedProxy extends AllowEntry {
  readonly jail: JailName;
}

export class Allow {
  readonly #options: AllowOptions;
  readonly #answers: NameAnswers;
  readonly #files: AddressFiles;
  #jails: readonly JailAllowance[] = [];
  #others: readonly JailAllowance[] = [];
  #proxies: readonly TrustedProxy[] = [];
  #lists = new Map<JailName, AllowList>();
  #shared = createAllowList([]);

  constructor(options: AllowOptions) {
    const { book, resolveName, emit } = options;
    this.#options = options;
    this.#answers = new NameAnswers({ stateStore: createStateStore(book), resolveName, emit });
    this.#files = createAddressFiles(emit);
  }

  get shared(): AllowList {
    return this.#shared;
  }

  /** Returns the list of one jail; the shared list when the jail is unknown. */
  listOf(jail: JailName): AllowList {
    return this.#lists.get(jail) ?? this.#shared;
  }

  /** Returns networks that together contain every address that some jail exempts. */
  exemptAnywhere(): ReadonlySet<Subject> {
    const lists = [this.#shared, ...this.#lists.values()];
    return new Set(lists.flatMap(({ subjects }) => [...subjects]));
  }

  /** Returns a jail that trusts an address of the subject as a proxy; undefined: none. */
  jailTrusting(subject: Subject): JailName | undefined {
    return this.#proxies.find((proxy) => subjectsOverlap(proxy.subject, subject))?.jail;
  }

  /** Rebuilds all lists from the current state. `others` get a list, but do not affect the shared one. */
  rebuild(
    jails: readonly JailAllowance[],
    now: Instant,
    others: readonly JailAllowance[] = this.#others,
  ): void {
    this.#jails = jails;
    this.#others = others;
    const proxies = [...jails, ...others].flatMap(proxiesOf).reverse();
    // Jails often share a list of proxies.
    this.#proxies = [...new Map(proxies.map((proxy) => [proxy.subject, proxy])).values()];
    const common = this.#allowedEverywhere(now);
    const shared = [...common, ...this.#allowedByEachJail()];
    this.#shared = createAllowList(shared, this.#prefixesOfEachJail());
    this.#lists = new Map();
    for (const other of others) this.#addList(other, shared);
    for (const jail of jails) this.#addList(jail, common);
  }

  #addList(jail: JailAllowance, base: readonly AllowEntry[]): void {
    const entries = [...base, ...this.#entriesOf(jail)];
    this.#lists.set(jail.name, createAllowList(entries, jail.nat64_prefixes));
  }

  #allowedEverywhere(now: Instant): readonly AllowEntry[] {
    const { book, hostAddresses } = this.#options;
    return [
      ...ALWAYS_EXEMPT,
      ...hostAddresses(),
      ...book.allowEntries(now).map((entry) => ({
        subject: entry.subject,
        because: describeAllowance(entry),
      })),
      // A ban by any jail would cut off all clients behind the proxy.
      ...this.#proxies,
    ];
  }

  /** Returns the entries that all jails allow. The enforcer must not refuse a ban that one jail may make. */
  #allowedByEachJail(): readonly AllowEntry[] {
    const all = this.#jails.map((jail) => createAllowList(this.#entriesOf(jail)));
    const entries = all.flatMap((list) => list.entries);
    return entries.filter(({ subject }) => all.every((list) => list.contains(subject)));
  }

  /** Returns NAT64 prefixes that are configured in every jail. */
  #prefixesOfEachJail(): readonly Subject[] {
    const [first, ...rest] = this.#jails.map(({ nat64_prefixes = [] }) => nat64_prefixes);
    return (first ?? []).filter((prefix) => rest.every((list) => list.includes(prefix)));
  }

  #entriesOf({ ignoreip }: JailAllowance): readonly AllowEntry[] {
    return ignoreip.flatMap((entry): readonly AllowEntry[] => {
      if (entry.kind === "subject")
        return [{ subject: entry.subject, because: describeEntry(entry) }];
      if (entry.kind === "file")
        return this.#files
          .of(entry.path)
          .map((subject) => ({ subject, because: `ignoreip file:${entry.path}` }));
      const answer = this.#answers.of(entry.name);
      if (answer === undefined) return [];
      const { addresses, answeredAt, isOld } = answer;
      const age = isOld ? ` (its last answer, of ${formatInstant(answeredAt)})` : "";
      const because = `ignoreip ${entry.name}${age}`;
      return addresses.map((subject) => ({ subject, because, since: answeredAt }));
    });
  }

  /** Resolves every name again; returns true if the lists were rebuilt. Answers after `signal` aborts are ignored. */
  async resolveNames(now: () => Instant, signal?: AbortSignal): Promise<boolean> {
    if (!(await this.#answers.lookUp(this.#names(), now, signal))) return false;
    this.rebuild(this.#jails, now());
    return true;
  }

  /** Whether some names were not looked up since the start. */
  get awaitsNames(): boolean {
    return this.#names().some((name) => !this.#answers.isLookedUp(name));
  }

  /** Whether the latest look-up of a name failed. */
  get isFailing(): boolean {
    return this.#answers.isFailing;
  }

  #names(): readonly string[] {
    const names = this.#ignoreip().flatMap((entry) => (entry.kind === "name" ? [entry.name] : []));
    return [...new Set(names)];
  }

  #ignoreip(): readonly IgnoreEntry[] {
    return [...this.#jails, ...this.#others].flatMap(({ ignoreip }) => ignoreip);
  }

  /** Returns names and files of ignoreip that exempt nobody, each once. */
  empty(): readonly EmptyEntry[] {
    const found = this.#ignoreip().flatMap((entry): readonly (readonly [string, string])[] => {
      if (entry.kind === "subject") return [];
      if (entry.kind === "name") {
        const reason = this.#answers.failureOf(entry.name);
        const isEmpty = reason !== undefined && this.#answers.of(entry.name) === undefined;
        return isEmpty ? [[entry.name, reason]] : [];
      }
      const reason = this.#files.emptinessOf(entry.path);
      return reason === undefined ? [] : [[`file:${entry.path}`, reason]];
    });
    return [...new Map(found)].map(([entry, reason]) => ({ entry, reason }));
  }
}

function proxiesOf({ name: jail, trusted_proxies: proxies = [] }: JailAllowance): TrustedProxy[] {
  return proxies.flatMap(({ name, subjects }) => {
    const because = `trusted_proxies ${name} of jail ${jail}`;
    return subjects.map((subject) => ({ jail, subject, because }));
  });
}

function describeEntry({ subject, isDefault }: Extract<IgnoreEntry, { kind: "subject" }>): string {
  return isDefault === true ? `ignoreip (default) ${subject}` : `ignoreip ${subject}`;
}
