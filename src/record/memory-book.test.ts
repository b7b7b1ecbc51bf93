import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import type { BanBook, BookStep } from "../domain/ban-book.ts";
import type { JudgingBook } from "../domain/judging-book.ts";
import { literalSubject, splitSubject, type Subject } from "../domain/cidr.ts";
import { subjectOf } from "../domain/counting-prefix.ts";
import { instant } from "../domain/instant.ts";
import { LOGIN_IPV6_PREFIX } from "../domain/login.ts";
import { ALL_PORTS, OBSERVED, portScope } from "../domain/port-scope.ts";
import { MemoryBook } from "./memory-book.ts";
import { openBook } from "./open-book.ts";
import {
  sampleAt,
  sampleBan,
  sampleFailure,
  sampleJail,
  sampleSubject,
} from "./sample-entries.fixture.ts";

type ComparedBook = JudgingBook & Pick<BanBook, "bansOf" | "expire" | "nextExpiry">;

const JAILS = [sampleJail("sshd"), sampleJail("nginx")];
const SUBJECTS = ["192.0.2.7", "192.0.2.8", "2001:db8::/64", "2001:db8::7", "2001:db8::/56"].map(
  literalSubject,
);
/** Also networks around the subjects, and addresses in them. */
const ASKED = [
  ...SUBJECTS,
  ...["192.0.2.0/24", "2001:db8::9", "2001:db8:0:1::1"].map(literalSubject),
];
const SCOPES = [ALL_PORTS, OBSERVED, portScope([{ protocol: "tcp", number: 22 }])];
const USERS = ["root", "alice", undefined];

const of = fc.constantFrom;
const seconds = fc.integer({ min: 0, max: 60 }).map(sampleAt);
const place = { subject: of(...SUBJECTS), jail: of(...JAILS) };

const failure = fc
  .record({ ...place, at: seconds, weight: of(1, 2), extra: of(0, 3), user: of(...USERS) })
  .map((change) => sampleFailure(0, change));
const ban = fc
  .record({
    ...place,
    from: seconds,
    until: fc.oneof(seconds, fc.constant("forever" as const)),
    scope: of(...SCOPES),
    origin: of("detected" as const, "manual" as const),
    failures: fc.nat(9),
  })
  .map((change) => sampleBan(0, change));
const consumed = fc.record({ ...place, kind: fc.constant("consumed" as const) });
const forgiven = fc.record({
  ...place,
  kind: fc.constant("forgiven" as const),
  account: of("root", "alice"),
});
const login = fc
  .record({
    ...{ subject: of(...SUBJECTS), at: seconds, account: of("root", "alice", "bob") },
    ...{ filter: of("sshd", "dovecot"), method: of("key" as const, "password" as const) },
    ...{ ports: fc.uniqueArray(fc.nat(3), { maxLength: 2 }), times: of(1, 3) },
  })
  .map(({ subject, ...note }): BookStep => {
    const { ip } = splitSubject(subject);
    return { kind: "login", ...note, ip, subject: subjectOf(ip, LOGIN_IPV6_PREFIX) };
  });

const order = fc.oneof(
  fc.record({
    steps: fc.array(fc.oneof(failure, ban, consumed, forgiven, login), { maxLength: 6 }),
  }),
  fc.record({ now: seconds }),
);

/** Everything that a caller can see. Lines are not kept in memory, and equal times have no order. */
function stateOf(book: ComparedBook): unknown {
  return {
    next: book.nextExpiry(),
    accounts: book.countAccounts(),
    first: ["root", "alice", "nobody"].map((account) => book.firstLogin(account) ?? null),
    active: [...book.activeBans({})].map(textOf).sort(),
    asked: ASKED.map((subject) => ({
      subject,
      overlapping: book.bansOf(subject).map(textOf).sort(),
      logins: book.loginsFrom(subject, sampleAt(20)).map(textOf).sort(),
      earlier: [...JAILS, "all" as const].map((jail) =>
        book.earlierBans(subject, jail, sampleAt(5)),
      ),
      jails: JAILS.map((jail) => ({
        ban: textOf(book.ban(jail, subject)),
        failures: book
          .windowFailures({ subject, jail, limit: 3 })
          .map(({ line: _line, via: _via, ip, ...one }) => ({ ...one, ip: ip ?? null })),
      })),
    })),
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, sortedKeys) ?? "";
}

/** Without ids, which each book gives in its own way. */
function sortedKeys(key: string, value: unknown): unknown {
  if (key === "id") return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("the book in memory answers as the book in SQLite, whatever is committed", async () => {
  const clock = { now: () => sampleAt(0), monotonic: () => 0 };
  const run = fc.asyncProperty(fc.array(order, { maxLength: 12 }), async (orders) => {
    await using stored = openBook({ path: ":memory:", clock, emit: () => undefined });
    const inMemory = new MemoryBook();
    for (const one of orders) {
      const [expected, found] = [stored, inMemory].map((book: ComparedBook) =>
        "steps" in one
          ? book.commit({ steps: one.steps, cursors: [] }).map(textOf)
          : book.expire(one.now, 100).map(textOf).sort(),
      );
      assert.deepEqual(found, expected);
      assert.deepEqual(stateOf(inMemory), stateOf(stored));
    }
  });
  await fc.assert(run, fuzzRuns(30));
});

test("a cursor is found by its key, in the last version", () => {
  const book = new MemoryBook();
  book.commit({ steps: [], cursors: [{ key: "memo a", value: "1" }] });
  book.commit({ steps: [], cursors: [{ key: "memo a", value: "2" }] });
  assert.equal(book.cursor("memo a")?.value, "2");
  assert.equal(book.cursor("memo b"), undefined);
});

test("failures are bounded, and the oldest subjects are dropped first", () => {
  const book = new MemoryBook({ failureBound: 100 });
  const jail = sampleJail("sshd");
  const steps = Array.from({ length: 150 }, (_, n) => sampleFailure(n));
  book.commit({ steps, cursors: [] });
  const counts = (subject: Subject): number =>
    book.windowFailures({ subject, jail, limit: 10 }).length;
  assert.deepEqual(
    [0, 49, 50, 149].map((n) => counts(sampleSubject(n))),
    [0, 0, 1, 1],
  );
});

test("failures older than a time are forgotten", () => {
  const book = new MemoryBook();
  const jail = sampleJail("sshd");
  const subject = sampleSubject(1);
  const steps = [1, 5, 3].map((n) => sampleFailure(1, { at: sampleAt(n) }));
  book.commit({ steps, cursors: [] });
  book.forgetFailures(sampleAt(3));
  const left = book.windowFailures({ subject, jail, limit: 10 }).map(({ at }) => at);
  assert.deepEqual(left, [sampleAt(3), sampleAt(5)]);
});

test("logins are bounded per address and in total, and the oldest are dropped first", () => {
  const book = new MemoryBook();
  const note = (subject: Subject, account: string, at: number): BookStep => {
    const { ip } = splitSubject(subject);
    const who = { subject, ip, account, filter: "sshd", ports: [] };
    return { kind: "login", ...who, method: "password", at: sampleAt(at), times: 1 };
  };
  const crowd = Array.from({ length: 50 }, (_, i) => note(sampleSubject(1), `user${i}`, i));
  book.commit({ steps: crowd, cursors: [] });
  const kept = book.loginsFrom(sampleSubject(1), instant(0)).map(({ account }) => account);
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [32, "user49", "user18"]);
  const many = Array.from({ length: 21_000 }, (_, i) => note(sampleSubject(i + 2), "x", 60 + i));
  book.commit({ steps: many, cursors: [] });
  assert.equal(book.countAccounts(), 1, "those of the crowd were dropped");
  assert.equal(book.loginsFrom(literalSubject("10.0.0.0/8"), sampleAt(60)).length, 256);
  assert.equal(book.loginsFrom(sampleSubject(21_001), instant(0)).length, 1);
});
