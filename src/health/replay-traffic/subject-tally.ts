/**
 * Counts the attempts of each subject and on each account, for one jail's replay. Bounded: MAX_SUBJECTS subjects,
 * MAX_ACCOUNTS accounts with MAX_TRIED_BY subjects each; the rest is only counted.
 */
import { maskIp, type Subject } from "../../domain/cidr.ts";
import type { JailTraffic } from "../../domain/host-facts.ts";
import { familyOf, type Ip } from "../../domain/ip.ts";
import { detachString } from "../../domain/detach-string.ts";

interface SubjectRecord {
  attempts: number;
  /** Whether the policy would have banned it. */
  isBanned: boolean;
  readonly ip: Ip;
  readonly isPublic: boolean;
}

interface TriedAccount {
  readonly subjects: Set<Subject>;
  attempts: number;
}

/** One failed attempt. `account`: the existing account that was tried; undefined: none exists. */
export interface SubjectAttempt {
  readonly subject: Subject;
  readonly ip: Ip;
  readonly isPublic: boolean;
  readonly counts: number;
  readonly account: string | undefined;
}

const MAX_SUBJECTS = 200_000;
const MAX_ACCOUNTS = 200;
const MAX_TRIED_BY = 5000;
const MAX_LISTED = 3;
/** A network or account counts as slowly attacked from this many subjects on. */
const MIN_SLOW_SUBJECTS = 3;

export class SubjectTally {
  readonly #subjects = new Map<Subject, SubjectRecord>();
  readonly #accounts = new Map<string, TriedAccount>();

  add({ subject, ip, isPublic, counts, account }: SubjectAttempt): void {
    const record = this.#recordOf(subject, ip, isPublic);
    if (record !== undefined) record.attempts += counts;
    if (account !== undefined) this.#addTried(account, subject, counts);
  }

  noteBan(subject: string): void {
    const record = this.#subjects.get(subject as Subject);
    if (record !== undefined) record.isBanned = true;
  }

  #recordOf(subject: Subject, ip: Ip, isPublic: boolean): SubjectRecord | undefined {
    const known = this.#subjects.get(subject);
    if (known !== undefined || this.#subjects.size >= MAX_SUBJECTS) return known;
    const record = { attempts: 0, isBanned: false, ip: detachString(ip), isPublic };
    this.#subjects.set(detachString(subject), record);
    return record;
  }

  #addTried(account: string, subject: Subject, counts: number): void {
    let tried = this.#accounts.get(account);
    if (tried === undefined) {
      if (this.#accounts.size >= MAX_ACCOUNTS) return;
      tried = { subjects: new Set(), attempts: 0 };
      this.#accounts.set(detachString(account), tried);
    }
    tried.attempts += counts;
    if (tried.subjects.size < MAX_TRIED_BY) tried.subjects.add(detachString(subject));
  }

  attemptsOf(subject: Subject): number {
    return this.#subjects.get(subject)?.attempts ?? 0;
  }

  get outsideAddresses(): number {
    return [...this.#subjects.values()].filter(({ isPublic }) => isPublic).length;
  }

  summary(): Pick<JailTraffic, "addresses" | "moreAddresses" | "top" | "slow"> {
    const all = [...this.#subjects];
    return {
      addresses: all.length,
      moreAddresses: all.length >= MAX_SUBJECTS,
      top: byAttempts(all.map(([subject, { attempts }]) => ({ subject, attempts }))),
      slow: this.#describeSlow(all.filter(([, { isBanned }]) => !isBanned)),
    };
  }

  /** Describes subjects that stayed below the threshold, and the networks and accounts that they share. */
  #describeSlow(unbanned: readonly (readonly [Subject, SubjectRecord])[]): JailTraffic["slow"] {
    const subjects = new Set(unbanned.map(([subject]) => subject));
    const groups = Map.groupBy(unbanned, ([, { ip }]) => networkOf(ip));
    const networks = [...groups]
      .filter(([, members]) => members.length >= MIN_SLOW_SUBJECTS)
      .map(([network, members]) => {
        const attempts = sum(members.map(([, record]) => record.attempts));
        return { network, addresses: members.length, attempts };
      });
    const accounts = [...this.#accounts].flatMap(([account, tried]) => {
      const addresses = [...tried.subjects].filter((subject) => subjects.has(subject)).length;
      if (addresses < MIN_SLOW_SUBJECTS) return [];
      return [{ account, addresses, attempts: tried.attempts }];
    });
    return {
      subjects: unbanned.length,
      attempts: sum(unbanned.map(([, record]) => record.attempts)),
      networks: byAttempts(networks),
      accounts: byAttempts(accounts),
    };
  }
}

export function networkOf(ip: Ip): Subject {
  return maskIp(ip, familyOf(ip) === "ipv4" ? 24 : 48);
}

function byAttempts<T extends { readonly attempts: number }>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => b.attempts - a.attempts).slice(0, MAX_LISTED);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
