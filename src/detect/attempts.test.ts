import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type Match, MAX_REPEATED } from "../domain/match.ts";
import { type Attempt, MAX_IDLE, createAttemptCounter } from "./attempts.ts";
import { MAX_SESSIONS } from "./session-table.ts";

const IP = parseIp("192.0.2.1");
const OTHER = parseIp("198.51.100.1");

function match(more: Partial<Match> = {}): Match {
  return {
    kind: "failure",
    rule: "r",
    counting: "each",
    closes: false,
    login: undefined,
    ip: IP,
    host: undefined,
    user: undefined,
    repeated: 1,
    at: instant(1_000_000),
    isTimed: true,
    session: 7,
    ...more,
  };
}

/** The count of each line, in one session by default. */
function counts(...lines: readonly Partial<Match>[]): readonly number[] {
  const counter = createAttemptCounter();
  return lines.map((line) => counter.observe(match(line)).counts);
}

const EACH = { counting: "each" } as const;
const EARLY = { counting: "early" } as const;
const ONCE = { counting: "once" } as const;

test("lines about one attempt count it once", () => {
  assert.deepEqual(counts(EACH, EACH, EACH), [1, 1, 1]);
  assert.deepEqual(counts(EARLY, EACH), [1, 0]);
  assert.deepEqual(counts(EARLY, EARLY, EARLY), [1, 0, 0]);
  assert.deepEqual(counts(EARLY, EACH, EACH), [1, 0, 1]);
  assert.deepEqual(counts(EARLY, EACH, EARLY, EACH), [1, 0, 1, 0]);
  assert.deepEqual(counts(EACH, ONCE), [1, 0]);
  assert.deepEqual(counts(EARLY, ONCE), [1, 0]);
  assert.deepEqual(counts(ONCE, ONCE), [1, 0]);
  assert.deepEqual(counts(ONCE, EACH), [1, 1]);
});

test("a line with 0 failures reports no attempt, and confirms none", () => {
  const none = { repeated: 0 } as const;
  assert.deepEqual(counts({ ...EACH, ...none }, EACH), [0, 1]);
  assert.deepEqual(counts({ ...EARLY, ...none }, EACH), [0, 1]);
  assert.deepEqual(counts(EARLY, { ...EACH, ...none }, EACH), [1, 0, 0]);
  assert.deepEqual(counts({ ...ONCE, ...none }, ONCE), [0, 1]);
});

test("the number of attempts that wait for an address is bounded", () => {
  const waiting = { ...EACH, ip: undefined, repeated: MAX_REPEATED } as const;
  assert.deepEqual(counts(waiting, waiting, EACH), [0, 0, MAX_REPEATED]);
});

const at = (seconds: number): Pick<Match, "at"> => ({ at: instant(1_000_000 + seconds * 1000) });
const NO_PEER = { ip: undefined } as const;
const CLOSING = { kind: "neutral", closes: true } as const;

test("after its closing line, the process number belongs to another session", () => {
  const nameless = { ...ONCE, ...NO_PEER, ...at(20) };
  const context = { kind: "pending", ...at(0) } as const;
  // Without the closing line, the line without an address gets the session's.
  assert.deepEqual(counts(context, nameless), [0, 1]);
  assert.deepEqual(counts(context, { ...CLOSING, ...at(10) }, nameless), [0, 0, 0]);
  // A closing line that counts itself, and one that is only context.
  assert.deepEqual(counts({ ...ONCE, closes: true }, nameless), [1, 0]);
  assert.deepEqual(counts({ kind: "pending", closes: true }, nameless), [0, 0]);
});

test("a line about the same address directly after the end still belongs to the session", () => {
  const sum = { ...ONCE, repeated: 2 } as const;
  assert.deepEqual(counts(EACH, { ...CLOSING, ...at(1) }, { ...sum, ...at(1) }), [1, 0, 0]);
  assert.deepEqual(counts(EACH, { ...ONCE, closes: true }, { ...sum, ...at(1) }), [1, 0, 0]);
  assert.deepEqual(counts(EACH, { ...CLOSING, ...at(1) }, { ...sum, ...at(31) }), [1, 0, 0]);
  assert.deepEqual(counts(EACH, { ...CLOSING, ...at(1) }, { ...sum, ...at(32) }), [1, 0, 2]);
  // Another connection of the same address, which got the same process number later.
  assert.deepEqual(counts(EACH, { ...CLOSING, ...at(1) }, { ...sum, ...at(60) }), [1, 0, 2]);
  assert.deepEqual(counts(EACH, CLOSING, { ...sum, ip: OTHER }), [1, 0, 2]);
});

test("after a closing line without an address, the next line may give it", () => {
  const closed = { ...ONCE, ...NO_PEER, closes: true } as const;
  assert.deepEqual(counts(closed, { kind: "pending", closes: true, ...at(5) }), [0, 1]);
  assert.deepEqual(counts(closed, { kind: "pending", closes: true, ...at(60) }), [0, 0]);
  // A connection under that process id is another client's, or a new one.
  assert.deepEqual(counts(closed, { kind: "pending" }, { ...ONCE, ...NO_PEER }), [0, 0, 1]);
});

test("a session may be closed twice, and a login begins another", () => {
  assert.deepEqual(counts(EACH, CLOSING, CLOSING, ONCE), [1, 0, 0, 0]);
  assert.deepEqual(
    counts(EACH, CLOSING, { kind: "success" }, { ...ONCE, ...NO_PEER }),
    [1, 0, 0, 0],
  );
  assert.deepEqual(counts(CLOSING, EACH), [0, 1]);
});

test("a failure that closes a session twice is about two connections", () => {
  const lost = { ...ONCE, rule: "lost", closes: true } as const;
  const unused = { ...ONCE, rule: "unused", closes: true } as const;
  assert.deepEqual(counts(lost, lost, lost), [1, 1, 1]);
  // Other lines about the end of each connection add nothing, in any number of connections.
  assert.deepEqual(counts(lost, unused, lost, unused, unused, lost), [1, 0, 1, 0, 1, 0]);
  assert.deepEqual(counts(EACH, lost, unused, lost), [1, 0, 0, 1]);
  // Where the peer is all that tells sessions apart.
  const own = { session: 0 } as const;
  assert.deepEqual(
    counts({ ...lost, ...own }, { ...unused, ...own }, { ...lost, ...own }),
    [1, 0, 1],
  );
  // What only gives context may be said of one end several times.
  const context = { kind: "pending", rule: "closed", closes: true } as const;
  assert.deepEqual(counts(lost, context, context, unused), [1, 0, 0, 0]);
});

test("rules beyond those that can be numbered close sessions, too", () => {
  const counter = createAttemptCounter();
  const end = (rule: string): number =>
    counter.observe(match({ ...ONCE, rule, closes: true })).counts;
  const rules = Array.from({ length: 40 }, (_, i) => `rule-${i}`);
  assert.deepEqual([...new Set(rules.map(end))], [1, 0]);
  // Of the last one, the repetition is not noticed; of the first one it is.
  assert.deepEqual(["rule-39", "rule-39", "rule-0", "rule-0"].map(end), [0, 0, 1, 1]);
});

test("after a restart no rule has closed a session yet, but it is closed", () => {
  const lost = { ...ONCE, rule: "lost", closes: true } as const;
  const before = createAttemptCounter();
  before.observe(match({ rule: "other", closes: true, session: 8 }));
  before.observe(match(lost));
  const after = createAttemptCounter();
  after.restore(before.takeChanges().sessions);
  const ends = ["unused", "lost", "lost"].map((rule) => after.observe(match({ ...lost, rule })));
  assert.deepEqual(
    ends.map((attempt) => attempt.counts),
    [0, 0, 1],
  );
});

test("a repeated message counts as many times as it says, minus those already announced", () => {
  assert.deepEqual(counts({ ...EACH, repeated: 3 }), [3]);
  assert.deepEqual(counts(EARLY, { ...EACH, repeated: 3 }), [1, 2]);
  assert.deepEqual(counts({ ...EARLY, repeated: 3 }, EACH), [3, 0]);
  assert.deepEqual(counts({ ...ONCE, repeated: 3 }), [3]);
});

test("only failures count", () => {
  for (const kind of ["neutral", "pending", "success"] as const) {
    assert.deepEqual(counts({ kind }, { kind, session: 0 }), [0, 0]);
  }
});

test("without a process the peer tells sessions apart", () => {
  const session = { session: 0 };
  const v6 = parseIp("2001:db8::7");
  for (const ip of [IP, v6]) {
    const own = { ...session, ip };
    assert.deepEqual(
      counts({ ...EARLY, ...own }, { ...EACH, ...own }, { ...ONCE, ...own }, { ...EACH, ...own }),
      [1, 0, 0, 1],
    );
    // Lines of another session in between, and one without an address.
    const other = { ...session, ip: OTHER };
    const nobody = { ...session, ...NO_PEER };
    assert.deepEqual(
      counts(
        { ...EARLY, ...own },
        { ...EARLY, ...other },
        { ...ONCE, ...nobody },
        { ...EACH, ...own },
      ),
      [1, 1, 0, 0],
    );
  }
  const counter = createAttemptCounter();
  assert.deepEqual(counter.observe(match({ session: 0, user: "al" })), {
    ip: IP,
    user: "al",
    counts: 1,
    unaddressed: 0,
  });
  assert.deepEqual(counter.observe(match({ session: 0, ip: undefined })), {
    ip: undefined,
    user: undefined,
    counts: 0,
    unaddressed: 1,
  });
});

test("sessions do not mix", () => {
  assert.deepEqual(
    counts(
      { ...EARLY, session: 1 },
      { ...EACH, session: 2 },
      { ...EACH, session: 1 + 2 ** 32 },
      { ...EACH, session: 1 },
    ),
    [1, 1, 1, 0],
  );
});

test("a failure without an address waits for the line that names it", () => {
  const counter = createAttemptCounter();
  const told: Attempt[] = [
    match({ ip: undefined, user: "al" }),
    match({ ip: undefined, repeated: 2 }),
    match({ kind: "pending", user: undefined }),
    match({ ip: undefined }),
    match({ kind: "pending", ip: OTHER }),
    match({ ip: undefined, user: "bo" }),
  ].map((line) => counter.observe(line));
  assert.deepEqual(told, [
    { ip: undefined, user: "al", counts: 0, unaddressed: 1 },
    { ip: undefined, user: "al", counts: 0, unaddressed: 2 },
    { ip: IP, user: "al", counts: 3, unaddressed: -3 },
    { ip: IP, user: "al", counts: 1, unaddressed: 0 },
    { ip: OTHER, user: undefined, counts: 0, unaddressed: 0 },
    // The process has named two peers, so it is unknown which one is meant.
    { ip: undefined, user: "bo", counts: 0, unaddressed: 1 },
  ]);
});

const FROM_A = { kind: "pending" } as const;
const FROM_B = { kind: "pending", ip: OTHER } as const;
const NAMELESS = { ...EACH, ...NO_PEER } as const;
const DAY = 86_400;

test("a line without an address gets none after its process named several peers", () => {
  assert.deepEqual(counts(FROM_A, NAMELESS), [0, 1]);
  assert.deepEqual(counts(FROM_A, FROM_B, NAMELESS, FROM_A, NAMELESS), [0, 0, 0, 0, 0]);
  // It does not wait for an address either, and lines with an address count as before.
  assert.deepEqual(counts(FROM_A, FROM_B, NAMELESS, EACH, { ...EACH, ip: OTHER }), [0, 0, 0, 1, 1]);
  // The end of a connection, a login or a pause do not change that.
  for (const between of [CLOSING, { kind: "success" }, { kind: "success", ip: OTHER }] as const)
    assert.deepEqual(counts(FROM_A, FROM_B, between, FROM_A, NAMELESS), [0, 0, 0, 0, 0]);
  assert.deepEqual(
    counts(FROM_A, { ...FROM_B, ...at(3600) }, { ...NAMELESS, ...at(3601) }),
    [0, 0, 0],
  );
  assert.deepEqual(
    counts(FROM_A, FROM_B, { ...FROM_A, ...at(DAY + 1) }, { ...NAMELESS, ...at(DAY + 2) }),
    [0, 0, 0, 1],
    "another process by now",
  );
  assert.deepEqual(counts(FROM_A, { kind: "success", ip: OTHER }, FROM_A, NAMELESS), [0, 0, 0, 0]);
});

test("successive peers of one process, each closed, are separate sessions", () => {
  assert.deepEqual(counts(FROM_A, NAMELESS, CLOSING, FROM_B, NAMELESS), [0, 1, 0, 0, 1]);
});

test("a line that names its peer by host name neither inherits nor provides an address", () => {
  const named = { ...EACH, ...NO_PEER, host: "a.example" } as const;
  const counter = createAttemptCounter();
  const [, second, third] = [FROM_A, { ...named, user: "al" }, NAMELESS].map((line) =>
    counter.observe(match(line)),
  );
  assert.deepEqual(second, { ip: undefined, user: "al", counts: 0, unaddressed: 1 });
  assert.deepEqual(third, { ip: undefined, user: undefined, counts: 0, unaddressed: 1 });
  // Earlier lines do not wait for the next address either.
  assert.deepEqual(counts(NAMELESS, named, EACH), [0, 0, 1]);
  assert.deepEqual(counts({ ...named, closes: true }, FROM_A, NAMELESS), [0, 0, 0]);
  // The attempts of a session with a name and an address count once.
  assert.deepEqual(counts({ ...named, ...EARLY }, EACH, ONCE), [0, 1, 0]);
});

test("a line without facts does not change its session", () => {
  const neutral = { kind: "neutral", ip: OTHER } as const;
  assert.deepEqual(counts(FROM_A, neutral, NAMELESS), [0, 0, 1]);
  assert.deepEqual(counts(EARLY, neutral, EACH), [1, 0, 0]);
  const counter = createAttemptCounter();
  counter.observe(match({ user: "al" }));
  const { ip, user } = counter.observe(match({ kind: "neutral", ...NO_PEER }));
  assert.deepEqual({ ip, user }, { ip: IP, user: "al" });
});

test("a process that serves several peers is remembered over a restart", () => {
  const before = createAttemptCounter();
  for (const line of [FROM_A, FROM_B]) before.observe(match(line));
  const after = createAttemptCounter();
  after.restore(before.takeChanges().sessions);
  assert.equal(after.observe(match(NAMELESS)).counts, 0);
  assert.equal(before.copy().observe(match(NAMELESS)).counts, 0);
});

test("a peer known by name only is never counted", () => {
  assert.deepEqual(
    counts({ ip: undefined, host: "a.example" }, { ip: undefined, host: "a.example" }),
    [0, 0],
  );
});

test("a successful login ends the session", () => {
  const counter = createAttemptCounter();
  counter.observe(match({ ...EARLY, user: "al" }));
  assert.deepEqual(counter.observe(match({ kind: "success", ip: OTHER, user: "bo" })), {
    ip: OTHER,
    user: "bo",
    counts: 0,
    unaddressed: 0,
  });
  assert.deepEqual(counter.observe(match({ ...EACH, ip: undefined })), {
    ip: undefined,
    user: undefined,
    counts: 0,
    unaddressed: 1,
  });
  assert.deepEqual(counter.observe(match({ kind: "success", session: 9 })).counts, 0);
});

test("a line of a process after a long time belongs to another session", () => {
  const at = (offset: number) => ({ at: instant(1_000_000 + offset) });
  assert.deepEqual(counts(EARLY, { ...EACH, ...at(MAX_IDLE) }), [1, 0]);
  assert.deepEqual(counts(EARLY, { ...EACH, ...at(MAX_IDLE + 1) }), [1, 1]);
  assert.deepEqual(
    counts(EARLY, { ...EARLY, ...at(MAX_IDLE) }, { ...EACH, ...at(2 * MAX_IDLE) }),
    [1, 0, 0],
  );
  assert.deepEqual(counts(EARLY, { ...EACH, ...at(-(Number(MAX_IDLE) + 1)) }), [1, 1]);
});

test("sessions are remembered while hundreds of others begin, and forgotten while memory stays bounded", () => {
  const counter = createAttemptCounter();
  const observe = (session: number, counting: Match["counting"]) =>
    counter.observe(match({ session, counting })).counts;
  observe(1, "early");
  for (let session = 2; session < 1000; session++) observe(session, "early");
  assert.equal(observe(1, "each"), 0, "the session of a thousand processes ago");
  observe(1, "early");
  for (let session = 2; session < 10 * MAX_SESSIONS; session++) observe(session, "early");
  assert.equal(observe(1, "each"), 1, "forgotten");
});

test("only the beginning of a long name is stored", () => {
  const counter = createAttemptCounter();
  counter.observe(match({ user: "x".repeat(10_000) }));
  assert.equal(counter.observe(match()).user?.length, 256);
});

test("another address is a different session, in both address families", () => {
  const ipv6 = { ip: parseIp("2001:db8::1") };
  const otherIpv6 = { ip: parseIp("2001:db8::2") };
  assert.deepEqual(counts(EARLY, { ...EACH, ip: OTHER }), [1, 1]);
  assert.deepEqual(counts(EARLY, { ...EARLY, ip: OTHER }, EARLY), [1, 1, 1]);
  assert.deepEqual(counts(EARLY, { ...EACH, ...ipv6 }), [1, 1]);
  assert.deepEqual(counts({ ...EARLY, ...ipv6 }, { ...EACH, ...ipv6 }), [1, 0]);
  assert.deepEqual(counts({ ...EARLY, ...ipv6 }, { ...EACH, ...otherIpv6 }), [1, 1]);
  assert.deepEqual(counts({ ...EARLY, ip: undefined }, { ...EACH, ip: OTHER }), [0, 1]);
});
