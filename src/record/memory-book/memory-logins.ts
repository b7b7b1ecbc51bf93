/** Keeps who has logged in from where. Bounded as in the database (tables/logins.ts). */
import { type Subject, splitSubject, subjectContains } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import { detachString } from "../../domain/detach-string.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { daysOf, LOGIN_IPV6_PREFIX, type Login, type LoginNote } from "../../domain/login.ts";

const ACCOUNTS_PER_PLACE = 32;
const MAX_LOGINS = 20_000;
const NEWEST_LOGINS = MAX_LOGINS / 8;
const MAX_READ = 256;
const MAX_PORTS = 4;
const ACCOUNT_LENGTH = 256;

type Logins = Map<string, Login>;

export class MemoryLogins {
  readonly #places = new Map<Subject, Logins>();
  /** For each account, the number of its places. */
  readonly #accounts = new Map<string, number>();
  /** For each filter, the number of its logins. */
  readonly #sizes = new Map<string, number>();

  note(note: LoginNote): void {
    const subject = detachString(note.subject);
    const account = detachString(note.account.slice(0, ACCOUNT_LENGTH));
    const here = this.#places.get(subject) ?? new Map<string, Login>();
    const key = `${note.filter} ${account}`;
    const known = here.get(key);
    if (known === undefined) {
      this.#makeRoom(here, note.filter);
      this.#accounts.set(account, (this.#accounts.get(account) ?? 0) + 1);
      this.#sizes.set(note.filter, (this.#sizes.get(note.filter) ?? 0) + 1);
    }
    here.set(key, joined(known, { ...note, subject, account }));
    this.#places.set(subject, here);
  }

  #makeRoom(here: Logins, filter: string): void {
    if (here.size >= ACCOUNTS_PER_PLACE) {
      const own = [...here].filter(([, login]) => login.filter === filter);
      const [rarest] = own.toSorted(([, a], [, b]) => compareWorth(a, b));
      if (own.length >= ACCOUNTS_PER_PLACE && rarest !== undefined) this.#remove(here, ...rarest);
    }
    if ((this.#sizes.get(filter) ?? 0) >= MAX_LOGINS) this.#dropRarest(filter);
  }

  #remove(here: Logins, key: string, { account, filter }: Login): void {
    const places = (this.#accounts.get(account) ?? 0) - 1;
    if (places > 0) this.#accounts.set(account, places);
    else this.#accounts.delete(account);
    here.delete(key);
    this.#sizes.set(filter, (this.#sizes.get(filter) ?? 0) - 1);
  }

  #dropRarest(filter: string): void {
    const all = [...this.#places].flatMap(([place, here]) =>
      [...here].flatMap(([key, login]) =>
        login.filter === filter ? [{ place, here, key, login }] : [],
      ),
    );
    const older = all.sort((a, b) => a.login.lastAt - b.login.lastAt).slice(0, -NEWEST_LOGINS);
    const rarest = older.sort((a, b) => compareWorth(a.login, b.login)).slice(0, MAX_LOGINS / 100);
    for (const { place, here, key, login } of rarest) {
      this.#remove(here, key, login);
      if (here.size === 0) this.#places.delete(place);
    }
  }

  from(subject: Subject, since: Instant): readonly Login[] {
    if (this.#places.size === 0) return [];
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

/** Compares by what is forgotten first. */
function compareWorth(a: Login, b: Login): number {
  return daysOf(a) - daysOf(b) || a.lastAt - b.lastAt;
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
