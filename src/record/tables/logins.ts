/**
 * Stores who has logged in from where. Bounded to ACCOUNTS_PER_PLACE rows for one subject and MAX_ROWS in all, of each
 * filter: the row with logins on the fewest days is removed first, of equals that with the oldest login, so that nobody
 * removes the logins of regular users with many own ones. Every row that is older than KEPT is removed, too.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import {
  type AccountLogins,
  LOGIN_IPV6_PREFIX,
  MAX_LOGIN_DAYS,
  type Login,
  type LoginNote,
} from "../../domain/login.ts";
import { subjectIn } from "./ban-columns.ts";
import { instantIn, integerIn, rangeColumns, type Row, textIn, wholeInstant } from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";

export const KEPT: Duration = duration(90 * 86_400_000);
const ACCOUNTS_PER_PLACE = 32;
const MAX_ROWS = 20_000;
/** The newest logins of a filter, which stay in any case. */
const NEWEST_ROWS = MAX_ROWS / 8;
const MAX_READ = 256;
const DAY_MS = 86_400_000;
const MAX_PORTS = 4;
/** Maximum characters of a stored port, with the following space. */
const MAX_PORT_LENGTH = 6;
const ACCOUNT_LENGTH = 256;
/** Days on which a row may have had a login. */
const DAYS = `min(${MAX_LOGIN_DAYS}, count, 1 + (last_at - first_at) / ${DAY_MS})`;

/** Prepares the statements, once for each connection. */
function prepareStatements(database: DatabaseSync) {
  return {
    // One statement updates a known account. It keeps more of the newest ports than are read, so that a port cut at the
    // end is never read.
    again: database.prepare(
      `UPDATE logins SET ip = :ip, count = count + :times,
         key_at = CASE WHEN :key IS NULL THEN key_at ELSE max(coalesce(key_at, 0), :key) END,
         first_at = min(first_at, :at), last_at = max(last_at, :at),
         ports = substr(:ports || ports, 1, ${MAX_PORTS * 2 * MAX_PORT_LENGTH})
       WHERE subject = :subject AND filter = :filter AND account = :account`,
    ),
    first: database.prepare(
      `INSERT INTO logins VALUES
         (:subject, :filter, :account, :low, :ip, :key, :at, :at, :times, :ports)`,
    ),
    here: database.prepare("SELECT count(*) AS n FROM logins WHERE subject = ? AND filter = ?"),
    dropHere: database.prepare(
      `DELETE FROM logins WHERE (subject, filter, account) =
         (SELECT subject, filter, account FROM logins WHERE subject = ? AND filter = ?
            ORDER BY ${DAYS}, last_at LIMIT 1)`,
    ),
    byFilter: database.prepare("SELECT filter, count(*) AS n FROM logins GROUP BY filter"),
    dropOf: database.prepare(
      `DELETE FROM logins WHERE (subject, filter, account) IN
         (SELECT subject, filter, account FROM
            (SELECT * FROM logins WHERE filter = ? ORDER BY last_at LIMIT ${MAX_ROWS - NEWEST_ROWS})
          ORDER BY ${DAYS}, last_at LIMIT ${MAX_ROWS / 100})`,
    ),
    drop: database.prepare(
      `DELETE FROM logins WHERE (subject, filter, account) IN
         (SELECT subject, filter, account FROM logins WHERE last_at < ? ORDER BY last_at LIMIT ?)`,
    ),
    within: database.prepare(
      `SELECT * FROM logins WHERE low BETWEEN ? AND ? AND last_at >= ? ORDER BY last_at DESC LIMIT ${MAX_READ}`,
    ),
    accounts: database.prepare("SELECT count(DISTINCT account) AS n FROM logins"),
    firstOf: database.prepare("SELECT min(first_at) AS at FROM logins WHERE account = ?"),
    names: database.prepare(
      `SELECT account, max(last_at) AS last_at,
         min(${MAX_LOGIN_DAYS}, sum(count), 1 + (max(last_at) - min(first_at)) / ${DAY_MS}) AS days
       FROM logins WHERE filter = ? GROUP BY account ORDER BY max(last_at)`,
    ),
    shift: database.prepare(
      "UPDATE logins SET key_at = key_at + :step, first_at = first_at + :step, last_at = last_at + :step",
    ),
    everywhere: database.prepare("SELECT DISTINCT subject FROM logins"),
  };
}

export class Logins {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #onUnreadable: OnUnreadable;
  /** Number of rows of each filter. */
  #rows: Map<string, number>;
  /** Subjects with logins, and some that had. Most offenders have none, and that check must be free. */
  #places: Set<string> | undefined;

  constructor(database: DatabaseSync, onUnreadable: OnUnreadable) {
    this.#statements = prepareStatements(database);
    this.#onUnreadable = onUnreadable;
    this.#rows = this.#countRows();
  }

  note({ subject, filter, ip, method, times, ...login }: LoginNote): void {
    const account = login.account.slice(0, ACCOUNT_LENGTH);
    const at = wholeInstant(login.at);
    const ports = login.ports.map((port) => `${port} `).join("");
    const key = method === "key" ? at : null;
    const row = { subject, filter, account, ip, times, at, key, ports };
    if (Number(this.#statements.again.run(row).changes) > 0) return;
    this.#makeRoom(subject, filter);
    this.#places?.add(subject);
    this.#statements.first.run({ ...row, low: rangeColumns(subject).first });
  }

  #makeRoom(subject: Subject, filter: string): void {
    const { here, dropHere, dropOf } = this.#statements;
    let rows = this.#rows.get(filter) ?? 0;
    if (count(here, subject, filter) >= ACCOUNTS_PER_PLACE)
      rows -= Number(dropHere.run(subject, filter).changes);
    if (rows >= MAX_ROWS) rows -= Number(dropOf.run(filter).changes);
    this.#rows.set(filter, rows + 1);
  }

  #countRows(): Map<string, number> {
    const rows = this.#statements.byFilter.all();
    return new Map(rows.map((row) => [textIn(row, "filter"), integerIn(row, "n")]));
  }

  from(subject: Subject, since: Instant): readonly Login[] {
    const place = placeOf(subject);
    if (isPlace(place) && !this.#knownPlaces().has(place)) return [];
    const { first, last } = rangeColumns(place);
    const rows = allRows(this.#statements.within, first, last, wholeInstant(since));
    return readEach(rows, loginIn, this.#onUnreadable);
  }

  #knownPlaces(): ReadonlySet<string> {
    this.#places ??= new Set(
      this.#statements.everywhere.all().map((row) => textIn(row, "subject")),
    );
    return this.#places;
  }

  accounts(filter: string): readonly AccountLogins[] {
    return readEach(
      allRows(this.#statements.names, filter),
      (row) => ({
        account: textIn(row, "account"),
        lastAt: instantIn(row, "last_at"),
        days: integerIn(row, "days"),
      }),
      this.#onUnreadable,
    );
  }

  countAccounts(): number {
    return count(this.#statements.accounts);
  }

  first(account: string): Instant | undefined {
    const row = this.#statements.firstOf.get(account.slice(0, ACCOUNT_LENGTH)) ?? { at: null };
    return row["at"] === null ? undefined : instantIn(row, "at");
  }

  shift(step: number): void {
    this.#statements.shift.run({ step });
  }

  /** Deletes logins not updated since `before`, at most `limit`. Returns their number. */
  forget(before: Instant, limit: number): number {
    const forgotten = Number(this.#statements.drop.run(wholeInstant(before), limit).changes);
    if (forgotten === 0) return 0;
    this.#places = undefined;
    this.#rows = this.#countRows();
    return forgotten;
  }
}

function count(statement: StatementSync, ...values: readonly string[]): number {
  return integerIn(statement.get(...values) ?? { n: 0 }, "n");
}

/** Returns the subject under which logins of this one are stored. */
function placeOf(subject: Subject): Subject {
  const { ip, family, prefix } = splitSubject(subject);
  return family === "ipv6" && prefix > LOGIN_IPV6_PREFIX
    ? subjectOf(ip, LOGIN_IPV6_PREFIX)
    : subject;
}

/** Returns whether logins are stored under exactly this subject. */
function isPlace(subject: Subject): boolean {
  return subjectOf(splitSubject(subject).ip, LOGIN_IPV6_PREFIX) === subject;
}

function loginIn(row: Row): Login {
  const subject = subjectIn(row);
  const ports = textIn(row, "ports");
  return {
    subject,
    account: textIn(row, "account"),
    filter: textIn(row, "filter"),
    ip: parseIp(textIn(row, "ip")) ?? splitSubject(subject).ip,
    keyAt: row["key_at"] === null ? undefined : instantIn(row, "key_at"),
    firstAt: instantIn(row, "first_at"),
    lastAt: instantIn(row, "last_at"),
    count: integerIn(row, "count"),
    ports: [...new Set(ports.split(" ").slice(0, -1).map(Number))].slice(0, MAX_PORTS),
  };
}
