import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { AttemptWeights, type AttemptWeight, type WeightPolicy } from "./attempt-weights.ts";

const jail = parseJailName("sshd");
assert.ok(jail !== undefined);
const START = 1_800_000_000_000;

function weights(change: Partial<WeightPolicy> = {}): AttemptWeights {
  const off = { evidence: "off", siege: "off", isOpen: false } as const;
  return new AttemptWeights({ ...off, maxretry: 5, honeypots: new Set(), ...change });
}

interface Tried {
  readonly user?: string | undefined;
  readonly unknown?: boolean;
  readonly weight?: number;
  readonly at?: number;
}

function weigh(to: AttemptWeights, source: number, tried: Tried): AttemptWeight {
  const ip = parseIp(`192.0.2.${source}`);
  const subject = parseSubject(`192.0.2.${source}`);
  assert.ok(jail !== undefined && ip !== undefined && subject !== undefined);
  const { user, unknown: isUnknownUser = false, weight = 1, at = START } = tried;
  return to.weigh({
    jail,
    subject,
    ip,
    at: instant(at),
    weight,
    user,
    rule: "r",
    isUnknownUser,
  });
}

function extra(to: AttemptWeights, source: number, tried: Tried): number {
  return weigh(to, source, tried).acted?.extra ?? 0;
}

function unknown(user: string): Tried {
  return { user, unknown: true };
}

test("a further unknown user counts twice, the same one again once", () => {
  const to = weights({ evidence: "act" });
  assert.equal(extra(to, 1, unknown("oracle")), 0);
  assert.equal(extra(to, 1, unknown("oracle")), 0);
  assert.equal(extra(to, 1, unknown("postgres")), 1);
  assert.equal(extra(to, 1, unknown("postgres")), 0);
  assert.equal(extra(to, 2, unknown("backup")), 0, "of another source");
  assert.equal(extra(to, 1, { user: "root" }), 0, "a user that may exist");
  assert.equal(extra(to, 1, { user: undefined, unknown: true }), 0);
});

test("typing errors count once: names like the last one, or like an account that logs in here", () => {
  const to = weights({ evidence: "act" });
  to.loggedIn("192.0.2.9", "alice", START);
  assert.equal(extra(to, 1, unknown("bobby")), 0);
  assert.equal(extra(to, 1, unknown("boby")), 0);
  assert.equal(extra(to, 1, unknown("alise")), 0);
  assert.equal(extra(to, 1, unknown("carol")), 1);
});

test("a honeypot user counts as maxretry", () => {
  const to = weights({ evidence: "act", honeypots: new Set(["trap"]) });
  assert.deepEqual(weigh(to, 1, unknown("trap")).acted, {
    ...{ by: "evidence", extra: 4, because: "for a honeypot user" },
  });
  assert.equal(extra(to, 1, { user: "trap", weight: 3 }), 2);
  assert.equal(extra(to, 1, { user: "trap", weight: 9 }), 0);
});

test("a honeypot user that resembles an account which logs in here counts once", () => {
  const to = weights({ evidence: "act", honeypots: new Set(["pia", "root", "oracle"]) });
  for (const account of ["pias", "root"]) to.loggedIn("192.0.2.9", account, START);
  assert.equal(extra(to, 1, unknown("pia")), 0);
  assert.equal(extra(to, 2, unknown("oracle")), 4);
  assert.equal(extra(to, 3, { user: "root" }), 4, "the listed name itself");
});

test("no spelling of an account counts as a further unknown user, or for a siege", () => {
  const to = weights({ evidence: "act", siege: "act" });
  to.loggedIn("192.0.2.9", "alice", START);
  besiege(to);
  for (const name of ["Alice", "alice@example.org", "EXAMPLE\\alice", "alcie", "alic", "alicee"]) {
    for (let source = 1; source <= 4; source++)
      assert.equal(extra(to, source, unknown(name)), 0, `${name} of ${source}`);
    weigh(to, 1, unknown("postgres"));
  }
});

/** Five strangers try a different name each. */
function besiege(to: AttemptWeights): void {
  for (let source = 101; source <= 105; source++) weigh(to, source, { user: `stranger-${source}` });
}

test("under siege, an unknown user is an offense at the second try, and a new one is weighed as ever", () => {
  const to = weights({ siege: "act" });
  assert.equal(extra(to, 1, unknown("oracle")), 0, "no siege yet");
  besiege(to);
  // 3 + 3 ≥ 5.
  assert.equal(extra(to, 1, unknown("oracle")), 2);
  assert.equal(extra(to, 1, { user: "newuser" }), 0);
  assert.equal(extra(to, 1, { user: undefined }), 0);
});

test("under siege, a name that two others tried is an offense at the first try", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  assert.equal(extra(to, 1, unknown("oracle")), 2);
  assert.equal(extra(to, 1, unknown("oracle")), 2, "the same source is no other");
  const [second, third] = [2, 3].map((source) => weigh(to, source, unknown("oracle")).acted);
  const siege = "sources without a login fail";
  assert.deepEqual(second, { by: "siege", extra: 2, because: `while 7 ${siege}` });
  const because = `while 8 ${siege}, for a name that others tried`;
  assert.deepEqual(third, { by: "siege", extra: 4, because });
});

test("under siege, a user that may exist needs ten others", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  for (let source = 1; source <= 10; source++) assert.equal(extra(to, source, { user: "root" }), 0);
  assert.equal(extra(to, 11, { user: "root" }), 4);
});

test("under siege, accounts that log in here, and names like them, weigh nothing more", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  to.addAccounts([{ account: "alice", lastAt: instant(START), days: 1 }]);
  to.loggedIn("192.0.2.9", "root", START);
  for (let source = 1; source <= 12; source++) {
    assert.equal(extra(to, source, { user: "alice" }), 0);
    assert.equal(extra(to, source, { user: "root" }), 0);
    assert.equal(extra(to, source, unknown("alcie")), 0);
  }
});

test("the heavier of evidence and siege counts", () => {
  const to = weights({ siege: "act", evidence: "act", maxretry: 3 });
  besiege(to);
  assert.equal(weigh(to, 1, unknown("oracle")).acted?.by, "siege");
  assert.equal(weigh(to, 1, unknown("postgres")).acted?.by, "evidence");
});

test("what is only reported does not count, but is returned", () => {
  const to = weights({ siege: "report", evidence: "act" });
  besiege(to);
  assert.deepEqual([to.reports, to.isLenient, to.isOff], [true, false, false]);
  const { acted, reported } = weigh(to, 1, unknown("oracle"));
  assert.deepEqual([acted, reported?.extra, reported?.by], [undefined, 2, "siege"]);
  const other = weights({ siege: "act", evidence: "report" });
  weigh(other, 1, unknown("oracle"));
  const further = weigh(other, 1, unknown("postgres"));
  assert.deepEqual([other.reports, further.acted, further.reported?.extra], [true, undefined, 1]);
  assert.deepEqual(weights({ siege: "act" }).reports, false);
});

test("users of before are spared more while the jail is under siege, and only then", () => {
  const to = weights({ siege: "act" });
  assert.equal(to.isLenient, false);
  besiege(to);
  assert.equal(to.isLenient, true);
  to.shift(8 * 86_400_000);
  weigh(to, 1, { user: "root", at: START + 8 * 86_400_000 });
  assert.equal(to.isLenient, true);
});

test("a stranger who logs in is none of those that are a siege", () => {
  const to = weights({ siege: "act" });
  weigh(to, 1, { user: "alice" });
  to.loggedIn("192.0.2.1", "alice", START);
  for (let source = 2; source <= 5; source++) weigh(to, source, { user: "root" });
  assert.equal(to.siege.strangers, 4);
});

test("a siege and tried names survive a restart", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  weigh(to, 1, unknown("oracle"));
  weigh(to, 2, unknown("oracle"));
  const after = weights({ siege: "act" });
  after.restore(to.save());
  assert.equal(extra(after, 3, unknown("oracle")), 4);
});

test("nothing is weighed with maxretry 1", () => {
  const to = weights({ siege: "act", maxretry: 1 });
  besiege(to);
  assert.equal(extra(to, 1, { user: "root" }), 0);
});

test("a typing error of an account is compared with the next unknown name", () => {
  const to = weights({ evidence: "act" });
  to.loggedIn("192.0.2.9", "alice", START);
  assert.equal(extra(to, 1, unknown("alise")), 0);
  assert.equal(extra(to, 1, unknown("oracle")), 1);
});

test("under siege, an unknown user stays unknown in the next lines of its source", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  assert.equal(extra(to, 1, unknown("oracle")), 2);
  assert.equal(extra(to, 1, { user: "oracle" }), 2);
  assert.equal(extra(to, 2, { user: "oracle" }), 0);
});

test("under siege, the source itself is none of the others", () => {
  const to = weights({ siege: "act" });
  besiege(to);
  weigh(to, 1, unknown("oracle"));
  weigh(to, 2, unknown("oracle"));
  assert.equal(extra(to, 1, unknown("oracle")), 2);
  for (let source = 1; source <= 11; source++) weigh(to, source, { user: "root" });
  assert.equal(extra(to, 1, { user: "root" }), 4, "ten others besides");
});

test("where anybody can register an account, one hides no names that resemble it", () => {
  for (const isOpen of [true, false]) {
    const to = weights({ evidence: "act", siege: "act", honeypots: new Set(["trap"]), isOpen });
    for (const account of ["oracle", "trapp"]) to.loggedIn("198.51.100.7", account, START);
    assert.equal(extra(to, 1, { user: "trap" }), isOpen ? 4 : 0, "a honeypot");
    extra(to, 2, unknown("nothing"));
    assert.equal(extra(to, 2, unknown("oracl3")), isOpen ? 1 : 0, "evidence");
    for (let source = 3; source < 9; source++) extra(to, source, unknown("0racle"));
    assert.equal(extra(to, 9, unknown("0racle")), isOpen ? 4 : 0, "siege");
    assert.equal(extra(to, 10, unknown("oracle")), 0, "the account itself");
  }
});

test("what was added before a change of policy counts no longer, and a line of before that is read now does", () => {
  const to = weights({ evidence: "act", honeypots: new Set(["trap"]) });
  const failure = { at: instant(START), weight: 1, extra: 4 };
  assert.equal(to.pointsOf({ at: failure.at, weight: 1 }), 1);
  assert.deepEqual([to.pointsOf(failure), extra(to, 1, { user: "trap" })], [5, 4]);
  to.countFrom(instant(START));
  assert.deepEqual([to.pointsOf(failure), extra(to, 1, { user: "trap" })], [1, 4]);
  const next = weights({ evidence: "act", honeypots: new Set(["trap"]) });
  next.restore(to.save());
  assert.equal(next.pointsOf(failure), 1);
  next.shift(-1);
  assert.deepEqual([next.pointsOf(failure), extra(next, 1, { user: "trap" })], [5, 4]);
});

test("what added most to failures explains them, among equals the newest", () => {
  const to = weights({ evidence: "act", siege: "act" });
  const failure = (at: number, extra: number, extraBy?: string) => ({
    at: instant(at),
    extra,
    extraBy,
  });
  const evidence = [failure(3, 1, "evidence: new"), failure(1, 1, "evidence: old")];
  assert.deepEqual(to.explain(evidence), { by: "evidence", because: "new" });
  assert.equal(to.explain([...evidence, failure(2, 4, "siege: x")]).by, "siege");
  assert.equal(to.explain([...evidence, failure(4, 2, "siege: x")]).by, "siege");
  assert.equal(to.explain([...evidence, failure(2, 2, "siege: x")]).by, "evidence");
  assert.equal(to.explain([failure(1, 4)]).because, "with extra weight", "of an earlier version");
  to.countFrom(instant(2));
  assert.equal(to.explain([...evidence, failure(2, 4, "siege: x")]).by, "evidence");
  assert.deepEqual(to.explain([], { by: "siege", because: "y" }), { by: "siege", because: "y" });
});
