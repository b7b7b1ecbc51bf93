/**
 * Keeps who has logged in from where. Bounded as in the database (tables/logins.ts): the account with the oldest login
 * is removed first.
 */
import { type Subject, splitSubject, subjectContains } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import { detachString } from "../../domain/detach-string.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { LOGIN_IPV6_PREFIX, type Login, type LoginNote } from "../../domain/login.ts";

const ACCOUNTS_PER_PLACE = 32;
const MAX_LOGINS = 20_000;
const MAX_READ = 256;
const MAX_PORTS = 4;
const ACCOUNT_LENGTH = 256;

type Logins = Map<string, Login>;

export class MemoryLogins {
  readonly #places = new Map<Subject, Logins>();
  /** For each account, the number of its places. */
  readonly #accounts = new Map<string, number>();
  #size = 0;

  note(note: LoginNote): void {
    const subject = detachString(note.subject);
    const account = detachString(note.account.slice(0, ACCOUNT_LENGTH));
    const here = this.#places.get(subject) ?? new Map<string, Login>();
    const key = `${note.filter} ${account}`;
    const known = here.get(key);
    if (known === undefined) {
      this.#makeRoom(here);
      this.#accounts.set(account, (this.#accounts.get(account) ?? 0) + 1);
      this.#size++;
    }
    here.set(key, joined(known, { ...note, subject, account }));
    this.#places.set(subject, here);
  }

  #makeRoom(here: Logins): void {
    if (here.size >= ACCOUNTS_PER_PLACE) {
      const [oldest] = [...here.keys()].sort((a, b) => lastAt(here, a) - lastAt(here, b));
      if (oldest !== undefined) this.#remove(here, oldest);
    }
    if (this.#size >= MAX_LOGINS) this.#dropOldest(MAX_LOGINS / 100);
  }

  #remove(here: Logins, key: string): void {
    const account = here.get(key)?.account ?? "";
    const places = (this.#accounts.get(account) ?? 0) - 1;
    if (places > 0) this.#accounts.set(account, places);
    else this.#accounts.delete(account);
    here.delete(key);
    this.#size--;
  }

  #dropOldest(count: number): void {
    const all = [...this.#places].flatMap(([place, here]) =>
      [...here.keys()].map((key) => ({ place, here, key, at: lastAt(here, key) })),
    );
    for (const { place, here, key } of all.sort((a, b) => a.at - b.at).slice(0, count)) {
      this.#remove(here, key);
      if (here.size === 0) this.#places.delete(place);
    }
  }

  from(subject: Subject, since: Instant): readonly Login[] {
    if (this.#size === 0) return [];
    return this.#around(subject)
      .flatMap((here) => [...here.values()])
      .filter(({ lastAt }) => lastAt >= since)
      .sort((a, b) => b.lastAt - a.lastAt)
      .slice(0, MAX_READ);
  }

  /** Returns the logins of the places in a network, or of the one around an address. */
  #around(subject: Subject): readonly Logins[] {
    // Nearly every question is about an IPv4 address, which is a place itself.
    if (!subject.includes("/") && !subject.includes(":")) {
      const here = this.#places.get(subject);
      return here === undefined ? [] : [here];
    }
    const { ip, family, prefix } = splitSubject(subject);
    const place = subjectOf(ip, LOGIN_IPV6_PREFIX);
    const isInPlace = place === subject || (family === "ipv6" && prefix > LOGIN_IPV6_PREFIX);
    if (isInPlace) return [this.#places.get(place) ?? new Map<string, Login>()];
    return [...this.#places]
      .filter(([one]) => subjectContains(subject, one))
      .map(([, here]) => here);
  }

  countAccounts(): number {
    return this.#accounts.size;
  }

  first(account: string): Instant | undefined {
    const name = account.slice(0, ACCOUNT_LENGTH);
    if (!this.#accounts.has(name)) return undefined;
    const all = [...this.#places.values()].flatMap((here) => [...here.values()]);
    const own = all.filter((login) => login.account === name);
    return instant(Math.min(...own.map(({ firstAt }) => firstAt)));
  }
}

function lastAt(here: Logins, key: string): number {
  return here.get(key)?.lastAt ?? 0;
}

function joined(known: Login | undefined, note: LoginNote): Login {
  const { subject, account, filter, method, times } = note;
  const at = instant(Math.floor(note.at));
  const keyAt = method === "key" ? at : undefined;
  return {
    ...{ subject, account, filter, ip: detachString(note.ip) },
    keyAt: later(known?.keyAt, keyAt),
    firstAt: instant(Math.min(known?.firstAt ?? at, at)),
    lastAt: instant(Math.max(known?.lastAt ?? at, at)),
    count: (known?.count ?? 0) + times,
    ports: [...new Set([...note.ports, ...(known?.ports ?? [])])].slice(0, MAX_PORTS),
  };
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
