import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { instant } from "../../domain/instant.ts";
import { type Ip, ipv4FromNumber, parseIp } from "../../domain/ip.ts";
import type { LoginMethod } from "../../domain/login.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { type Membership, SIGN_KINDS } from "./campaign.ts";
import { CampaignDetector } from "./campaigns.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 24);
/** Five days later habits are known, also which accounts are new. */
const LATER = START + 5 * DAY;
const jail = parseJailName("sshd");
assert.ok(jail !== undefined);
const SSHD = jail;

function createDetector(): CampaignDetector {
  return new CampaignDetector({ seed: 7, signsOf: () => SIGN_KINDS });
}

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

/** Each is in another /16. */
function far(i: number): Ip {
  return ipv4FromNumber(((100 + (i % 100)) << 24) + ((i >> 3) << 16) + i);
}

function fail(
  detector: CampaignDetector,
  from: Ip,
  at: number,
  user: string,
  where: JailName = SSHD,
): Membership | undefined {
  const line = { jail: where, subject: from, ip: from, rule: "failed", isUnknownUser: false };
  return detector.attempt({ ...line, at: instant(at), weight: 1, user });
}

function login(
  detector: CampaignDetector,
  from: Ip,
  at: number,
  account: string,
  method: LoginMethod = "password",
) {
  return detector.login({ jail: SSHD, ip: from, at: instant(at), account, method });
}

/** A detector that has seen a source of noise each hour for five days, and logins of alice from 192.0.2.1. */
function createExperienced(): CampaignDetector {
  const detector = createDetector();
  for (let hour = 0; hour < 120; hour++) {
    const at = START + hour * HOUR;
    fail(detector, far(1000 + hour), at, "root");
    if (hour % 12 === 0) login(detector, ip("192.0.2.1"), at + 1000, "alice");
  }
  return detector;
}

/** So many sources begin, ten seconds apart, and try the same account. */
function rush(detector: CampaignDetector, count: number, from = LATER, user = "oracle7"): void {
  for (let i = 0; i < count; i++) fail(detector, far(i), from + i * 10_000, user);
}

test("18 sources in an hour with an account that was not tried before are a campaign", () => {
  const detector = createExperienced();
  rush(detector, 17);
  detector.settle(instant(LATER + 200_000));
  assert.deepEqual(detector.takeFindings(), []);
  fail(detector, far(17), LATER + 200_000, "oracle7");
  detector.settle(instant(LATER + 201_000));
  const [found] = detector.takeFindings();
  assert.equal(found?.kind, "began");
  const { name, beganAt, foundAt, sources, signs } = found.campaign;
  assert.deepEqual(
    { name, beganAt, foundAt, sources },
    { name: "sshd-2026-11-29-a", beganAt: LATER, foundAt: LATER + 200_000, sources: 18 },
  );
  const sign = { kind: "new-names", at: LATER + 200_000, count: 18, expected: 0, hours: 1 };
  assert.deepEqual(signs, [{ ...sign, account: undefined }]);
});

test("an attack over midnight shows the sign of new accounts as at any other time", () => {
  const detector = createExperienced();
  rush(detector, 18, LATER - 90_000);
  detector.settle(instant(LATER + HOUR / 2));
  const signs = detector.campaigns().flatMap((one) => one.signs.map((sign) => sign.kind));
  assert.deepEqual(signs, ["new-names"]);
});

test("31 sources in an hour, of which one is usual, are a campaign if they share an account, and 30 are not", () => {
  for (const [count, expected] of [
    // The last source of noise began in the same hour.
    [29, 0],
    [30, 1],
  ] as const) {
    const detector = createExperienced();
    fail(detector, far(2000), LATER, "root");
    rush(detector, count, LATER, "root");
    detector.settle(instant(LATER + HOUR / 2));
    assert.equal(detector.campaigns().length, expected, `${count}`);
  }
});

test("nothing is a campaign before two days are known", () => {
  const detector = createDetector();
  for (let hour = 0; hour < 47; hour++) rush(detector, 40, START + hour * HOUR);
  assert.deepEqual(detector.campaigns(), []);
});

const jails = Array.from({ length: 100 }, (_, i) => {
  const name = parseJailName(`jail${i}`);
  assert.ok(name !== undefined);
  return name;
});

/** A detector that has seen a source of noise each hour for five days, at each of a hundred jails. */
function createWide(): CampaignDetector {
  const detector = createDetector();
  for (let hour = 0; hour < 120; hour++)
    for (const one of jails) fail(detector, far(1000 + hour), START + hour * HOUR, "root", one);
  return detector;
}

test("each of a hundred jails is watched", () => {
  const detector = createWide();
  for (const at of [99, 64, 0])
    for (let i = 0; i < 18; i++) fail(detector, far(i), LATER + i * 10_000, "oracle7", jails[at]);
  detector.settle(instant(LATER + HOUR / 2));
  const began = detector.campaigns().map((one) => one.jail);
  assert.deepEqual(began.toSorted(), ["jail0", "jail64", "jail99"]);
});

test("32 campaigns are kept: the one that was quiet longest ends for a further one, and is counted", () => {
  const detector = createWide();
  for (const [i, one] of jails.slice(0, 33).entries())
    for (let n = 0; n < 18; n++)
      fail(detector, far(n), LATER + i * 60_000 + n * 1000, "oracle7", one);
  detector.settle(instant(LATER + HOUR));
  const findings = detector.takeFindings();
  const ended = findings
    .filter(({ kind }) => kind === "ended")
    .map(({ campaign: { jail } }) => jail);
  assert.deepEqual(ended, ["jail0"]);
  const open = detector.campaigns().filter(({ endedAt }) => endedAt === undefined);
  assert.deepEqual([open.length, detector.campaigns().length], [32, 32]);
  const next = new CampaignDetector({ seed: 7, signsOf: () => SIGN_KINDS });
  next.restore(JSON.parse(JSON.stringify(detector.state())), instant(LATER + HOUR));
  for (const one of [detector, next]) {
    assert.equal(one.forgottenCampaigns(instant(LATER + HOUR)), 1);
    assert.equal(one.forgottenCampaigns(instant(LATER + 31 * DAY)), 0);
  }
});

test("of jails that do not run, the newest 64 are remembered, and a campaign of another ends", () => {
  const detector = createWide();
  for (const at of [0, 1])
    for (let i = 0; i < 18; i++) fail(detector, far(i), LATER + i * 10_000, "oracle7", jails[at]);
  detector.settle(instant(LATER + HOUR / 2));
  detector.takeFindings();
  const [, running] = jails;
  assert.ok(running !== undefined);
  detector.keepJails(new Set([running]));
  assert.deepEqual(
    detector.takeFindings().map(({ kind, campaign: { jail } }) => [kind, jail]),
    [["ended", "jail0"]],
  );
  const known = detector.state().jails.map((one) => one.jail);
  assert.deepEqual(known, ["jail1", ...jails.slice(-64)]);
});

test("a member is an offender at its second failure, or at its first with an account that does not exist", () => {
  const detector = createExperienced();
  rush(detector, 18);
  // Maybe a newcomer whose account has not logged in yet.
  const joined = fail(detector, far(50), LATER + 300_000, "oracle7");
  assert.deepEqual(joined?.member.ties, ["shared-name", "new-name"]);
  assert.deepEqual([joined.needed, joined.member.tries], [2, 1]);
  const line = { jail: SSHD, subject: far(51), ip: far(51), rule: "failed", isUnknownUser: true };
  const at = instant(LATER + 310_000);
  const unknown = detector.attempt({ ...line, at, weight: 1, user: "oracle7" });
  assert.deepEqual([unknown?.needed, unknown?.member.tries], [1, 1]);
});

test("a name that may be a user's, mistyped, ties nobody to a campaign, whatever the log says of it", () => {
  const detector = createExperienced();
  rush(detector, 18);
  // Others try the same name.
  for (let i = 0; i < 6; i++) fail(detector, far(100 + i), LATER + 250_000 + i * 1000, "alicee");
  const line = { jail: SSHD, subject: far(50), ip: far(50), rule: "failed", isUnknownUser: true };
  for (let i = 0; i < 4; i++) {
    const at = instant(LATER + 300_000 + i * 5000);
    const attempt = { ...line, at, weight: 1, user: "alicee", likeness: "similar" } as const;
    assert.equal(detector.attempt(attempt), undefined);
  }
  assert.equal(fail(detector, far(50), LATER + 330_000, "alice"), undefined);
  assert.equal(login(detector, far(50), LATER + 340_000, "alice"), undefined);
});

test("names like those of users begin no campaign, and neither do users who then try their own", () => {
  const detector = createExperienced();
  for (let i = 0; i < 20; i++) {
    const from = far(i);
    const line = { jail: SSHD, subject: from, ip: from, rule: "failed", isUnknownUser: true };
    const at = LATER + i * 10_000;
    const likeness = "similar";
    detector.attempt({ ...line, at: instant(at), weight: 1, user: `alice${i % 10}`, likeness });
    if (i < 8) fail(detector, from, at + 5000, "alice");
  }
  detector.settle(instant(LATER + HOUR / 2));
  assert.deepEqual(detector.campaigns(), []);
});

test("a user of another jail is a member only with a name that others try, at the second failure", () => {
  const detector = createExperienced();
  rush(detector, 18);
  const tried = (from: Ip, user: string): number | undefined => {
    const line = { jail: SSHD, subject: from, ip: from, rule: "failed", isUnknownUser: true };
    const at = instant(LATER + 300_000);
    return detector.attempt({ ...line, at, weight: 1, user, likeness: "same" })?.needed;
  };
  assert.equal(tried(far(50), "bob"), undefined);
  assert.equal(tried(far(50), "bob"), undefined);
  fail(detector, far(200), LATER + 300_000, "root");
  assert.equal(tried(far(51), "oracle7"), undefined);
});

test("a user who tries the own name after another one is no offender by it", () => {
  const detector = createExperienced();
  rush(detector, 18);
  const joined = fail(detector, far(50), LATER + 300_000, "newly7");
  assert.deepEqual([joined?.member.ties, joined?.needed], [["new-name"], 2]);
  assert.equal(fail(detector, far(50), LATER + 305_000, "alice")?.needed, undefined);
  assert.equal(fail(detector, far(50), LATER + 310_000, "newly8")?.needed, 2);
});

test("a source with another account does not belong to it", () => {
  const detector = createExperienced();
  rush(detector, 18);
  assert.equal(fail(detector, far(50), LATER + 300_000, "root"), undefined);
});

test("a source that failed before the campaign does not belong to it", () => {
  const detector = createExperienced();
  fail(detector, far(50), LATER - HOUR, "root");
  rush(detector, 18);
  assert.equal(fail(detector, far(50), LATER + 300_000, "oracle7"), undefined);
});

test("an address in a network from which a user logged in is no member, whatever it tries", () => {
  const detector = createExperienced();
  rush(detector, 18);
  assert.equal(fail(detector, ip("192.0.2.77"), LATER + 300_000, "oracle7"), undefined);
});

test("a user who mistypes the own password from an unknown network is no offender", () => {
  const detector = createExperienced();
  rush(detector, 18);
  for (let i = 0; i < 4; i++)
    assert.equal(fail(detector, far(50), LATER + 300_000 + i * 5000, "alice"), undefined);
  assert.equal(login(detector, far(50), LATER + 330_000, "alice"), undefined);
});

test("sources that try several accounts in the same order, at the same pace, say so", () => {
  const detector = createExperienced();
  rush(detector, 18);
  let joined: Membership | undefined;
  for (let i = 0; i < 30; i++) {
    const at = LATER + 300_000 + i * 20_000;
    fail(detector, far(100 + i), at, "oracle7");
    joined = fail(detector, far(100 + i), at + 4000, "root");
  }
  // The network needs two members in the same /24: none here.
  assert.deepEqual(joined?.member.ties, ["shared-name", "same-order", "new-name", "pace"]);
});

test("members of one /24 say so", () => {
  const detector = createExperienced();
  rush(detector, 18);
  for (const [i, host] of ["198.51.100.1", "198.51.100.2"].entries())
    fail(detector, ip(host), LATER + 300_000 + i * 1000, "oracle7");
  const joined = fail(detector, ip("198.51.100.3"), LATER + 310_000, "oracle7");
  assert.deepEqual(joined?.member.ties, ["shared-name", "new-name", "network"]);
});

test("a campaign ends when two hours were as usual, and the next one has the next letter", () => {
  const detector = createExperienced();
  rush(detector, 40);
  detector.settle(instant(LATER + HOUR));
  assert.equal(detector.campaigns()[0]?.endedAt, undefined);
  detector.settle(instant(LATER + 2.5 * HOUR));
  assert.equal(detector.campaigns()[0]?.endedAt, LATER + 2.5 * HOUR);
  for (let i = 200; i < 240; i++)
    fail(detector, far(i), LATER + 4 * HOUR + (i - 200) * 10_000, "oracle7");
  assert.deepEqual(
    detector.campaigns().map(({ name }) => name),
    ["sshd-2026-11-29-b", "sshd-2026-11-29-a"],
  );
});

test("a campaign is not over while only its hour and the quiet one before it look usual together", () => {
  const detector = createDetector();
  for (let n = 0; n < 12 * 119; n++) fail(detector, far(2000 + n), START + n * (HOUR / 12), "root");
  rush(detector, 60, LATER, "root");
  detector.settle(instant(LATER + HOUR));
  const [campaign, ...others] = detector.campaigns();
  assert.deepEqual(others, []);
  assert.equal(campaign?.signs[0]?.kind, "new-sources");
  assert.equal(campaign.endedAt, undefined);
  detector.settle(instant(LATER + 3 * HOUR));
  assert.notEqual(campaign.endedAt, undefined);
});

test("six sources that try several accounts, one of them a user's, are a campaign; users try their own", () => {
  for (const [sources, other, expected] of [
    [5, "svc", 0],
    [6, "svc", 1],
    [8, undefined, 0],
  ] as const) {
    const detector = createExperienced();
    for (let i = 0; i < sources; i++) {
      fail(detector, far(i), LATER + i * 10_000, "alice");
      if (other !== undefined) fail(detector, far(i), LATER + i * 10_000 + 5000, `${other}${i}`);
    }
    detector.settle(instant(LATER + HOUR / 2));
    const signs = detector.campaigns().flatMap((one) => one.signs.map(({ kind }) => kind));
    assert.deepEqual(signs, expected === 0 ? [] : ["mixed-accounts"], `${sources}`);
  }
});

test("a campaign of more than seven days becomes the habit", () => {
  const detector = createExperienced();
  for (let hour = 0; hour < 24 * 9; hour++)
    for (let i = 0; i < 60; i++)
      fail(detector, far(hour * 60 + i), LATER + hour * HOUR + i * 60_000, "root");
  const [campaign, ...more] = detector.campaigns();
  assert.deepEqual(more, []);
  assert.ok(campaign?.endedAt !== undefined && campaign.endedAt - LATER < 7.1 * DAY);
});

/** Guesses alice's password from so many sources in a day, after days in which her habit was learned. */
function guess(count: number): CampaignDetector {
  const detector = createDetector();
  for (let day = 0; day < 14; day++)
    login(detector, ip("192.0.2.1"), START + day * DAY + 8 * HOUR, "alice");
  for (let i = 0; i < count; i++)
    fail(detector, far(i), START + 14 * DAY + i * HOUR * 0.5, "alice");
  detector.settle(instant(START + 14 * DAY + 20 * HOUR));
  return detector;
}

test("a user's account that many sources try, at whatever pace, is a campaign", () => {
  // The assumed habit of 20 a day has faded to 20/14 = 1.4: 2 × 1.4 + 6 × √(20²/14 - 1.4²) + 4 = 37.
  assert.deepEqual(guess(25).campaigns(), []);
  const [campaign] = guess(39).campaigns();
  assert.equal(campaign?.signs[0]?.kind, "one-account");
  assert.equal(campaign.signs[0].account, "alice");
});

test("a login with a guessed account from an unknown network raises the alarm, unless it was with a key", () => {
  const detector = guess(39);
  const at = START + 14 * DAY + 21 * HOUR;
  assert.equal(login(detector, far(1700), at, "alice", "key"), undefined);
  assert.equal(login(detector, ip("192.0.2.1"), at, "alice"), undefined);
  const alarm = login(detector, far(900), at + 1000, "alice");
  assert.match(
    alarm?.because ?? "",
    /^\d+ sources tried the account within a day, and no user has logged in from this network/,
  );
  assert.ok(login(detector, far(900), at + 2000, "alice") !== undefined, "nothing is learned");
});

test("a login of a member raises the alarm, and its network stays unknown", () => {
  const detector = createExperienced();
  rush(detector, 20);
  const alarm = login(detector, far(19), LATER + 300_000, "bob");
  assert.deepEqual(alarm, {
    ...{ jail: SSHD, ip: far(19), at: LATER + 300_000, account: "bob" },
    because: "it follows 1 failed attempt of a member of sshd-2026-11-29-a",
    campaign: "sshd-2026-11-29-a",
    isNewAccount: false,
  });
  assert.notEqual(fail(detector, far(19), LATER + 310_000, "oracle7"), undefined);
});

test("sources whose users log in do not count", () => {
  const detector = createExperienced();
  for (let i = 0; i < 60; i++) {
    const at = LATER + i * 30_000;
    fail(detector, far(i), at, `user${i}`);
    login(detector, far(i), at + 120_000, `user${i}`);
  }
  assert.deepEqual(detector.campaigns(), []);
});

test("a sign that is off begins no campaign", () => {
  const detector = new CampaignDetector({ seed: 7, signsOf: () => [] });
  for (let hour = 0; hour < 72; hour++)
    fail(detector, far(1000 + hour), START + hour * HOUR, "root");
  rush(detector, 100);
  assert.deepEqual(detector.campaigns(), []);
});

test("a saved state continues, with its members, habits and logins", () => {
  const detector = createExperienced();
  rush(detector, 20);
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())), instant(LATER + HOUR));
  assert.equal(order(next.state()), order(detector.state()));
  assert.equal(fail(next, far(60), LATER + 300_000, "oracle7")?.campaign.sources, 21);
  assert.equal(fail(next, ip("192.0.2.50"), LATER + 300_000, "oracle7"), undefined);
});

test("sources that keep failing are not new after a restart", () => {
  const detector = createExperienced();
  const day = (of: CampaignDetector, hours: readonly number[]) => {
    for (const hour of hours)
      for (let i = 0; i < 40; i++) fail(of, far(i), LATER + hour * HOUR + i * 10_000, "root");
  };
  // They come one after the other, so that none is remarkable.
  for (let i = 0; i < 40; i++) fail(detector, far(i), LATER - (40 - i) * 0.5 * HOUR, "root");
  day(detector, [1, 2, 3]);
  assert.deepEqual(detector.campaigns(), []);
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())), instant(LATER + 3.5 * HOUR));
  day(next, [4, 5]);
  next.settle(instant(LATER + 6 * HOUR));
  assert.deepEqual(next.campaigns(), []);
  // Without what is known of them, they look like a campaign.
  const { sources, ...rest } = JSON.parse(JSON.stringify(detector.state()));
  assert.ok(Array.isArray(sources) && sources.length >= 40);
  const forgetful = createDetector();
  forgetful.restore(rest, instant(LATER + 3.5 * HOUR));
  day(forgetful, [4, 5]);
  assert.equal(forgetful.campaigns().length, 1);
});

test("a clock that was wrong for a while hides no campaign, and makes no campaign the habit", () => {
  for (const step of [10 * DAY, 3 * HOUR, -10 * DAY, 400 * DAY]) {
    const detector = createExperienced();
    detector.shift(step);
    detector.settle(instant(LATER + step));
    fail(detector, far(2000), LATER + step, "root");
    detector.settle(instant(LATER + step + 60_000));
    detector.shift(-step);
    rush(detector, 20, LATER + 120_000);
    detector.settle(instant(LATER + HOUR / 2));
    assert.equal(detector.takeFindings()[0]?.kind, "began", `${step}`);
    detector.shift(step);
    detector.settle(instant(LATER + HOUR / 2 + step));
    detector.shift(-step);
    assert.deepEqual(detector.takeFindings(), [], `${step}`);
    assert.notEqual(fail(detector, far(60), LATER + HOUR / 2 + 1000, "oracle7"), undefined);
    detector.settle(instant(LATER + 8 * HOUR));
    assert.equal(detector.takeFindings()[0]?.kind, "ended", `${step}`);
  }
});

test("a state from the future hides no campaign: the clock was set back while no daemon ran", () => {
  const detector = createExperienced();
  const ahead = 30 * DAY;
  detector.shift(ahead);
  detector.settle(instant(LATER + ahead));
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())), instant(LATER));
  rush(next, 20);
  next.settle(instant(LATER + HOUR / 2));
  assert.equal(next.campaigns()[0]?.sources, 20);
});

const tries = fc.array(
  fc.record({ source: fc.nat(60), user: fc.constantFrom("root", "oracle7", "alice", "test") }),
  { minLength: 20, maxLength: 60 },
);

test("the order of lines within a second does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tries, fc.nat(900)), { maxLength: 6 }), (seconds) => {
      const [one, other] = [createExperienced(), createExperienced()];
      let at = LATER;
      for (const [inOne, pause] of seconds) {
        const lines = inOne.map(({ source, user }, i) => ({ from: far(source), user, at: at + i }));
        for (const line of lines) fail(one, line.from, line.at, line.user);
        for (const line of lines.toReversed()) fail(other, line.from, line.at, line.user);
        at += 1000 * (1 + pause);
      }
      const [a, b] = [order(inOrder(one)), order(inOrder(other))];
      // A difference of so long texts would be shown too slowly.
      assert.ok(a === b, differenceOf(a, b));
    }),
    { ...fuzzRuns(20), endOnFailure: true },
  );
});

const DISPLAYED: ReadonlySet<string> = new Set(["account", "targets", "otherTries"]);

/**
 * The state without the order in which lists were filled, and without what is only displayed: the account of the line
 * that made a source a member, and the counts of accounts since then.
 */
function inOrder(detector: CampaignDetector): unknown {
  detector.settle(instant(LATER + 10 * DAY));
  return sorted(JSON.parse(JSON.stringify(detector.state())));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    // Counters by position stay in order.
    if (value.length > 1000) return value;
    return value.map(sorted).toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (DISPLAYED.has(key) ? [] : [[key, sorted(one)]])),
  );
}

function order(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

function differenceOf(a: string, b: string): string {
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return `${a.slice(at - 80, at + 80)} and ${b.slice(at - 80, at + 80)}`;
}

const SPELLINGS = [
  "alice",
  "ALICE",
  "alice@example.org",
  "EXAMPLE\\alice",
  "Example\\Alice@example.org",
];

test("a login in any spelling of an account raises the alarm after guesses in any other", () => {
  for (const tried of SPELLINGS)
    for (const loggedIn of SPELLINGS) {
      // alice logs in here, and 100 sources try the account.
      const known = createExperienced();
      for (let i = 0; i < 100; i++) spelled(known, far(i), LATER + i * 1000, tried);
      known.settle(instant(LATER + HOUR));
      const guessed = login(known, far(900), LATER + HOUR, loggedIn);
      assert.match(
        guessed?.because ?? "",
        /^\d+ sources tried the account/,
        `${tried} ${loggedIn}`,
      );
      // bob has not logged in before, and is tried by a campaign. Names with two kinds of domain are not compared.
      if (tried !== loggedIn && ![tried, loggedIn].some((one) => /^alice$/i.test(one))) continue;
      const unknown = createExperienced();
      rush(unknown, 18, LATER, tried.replace(/alice/i, "bob"));
      unknown.settle(instant(LATER + HOUR / 2));
      const sought = login(unknown, far(900), LATER + HOUR, loggedIn.replace(/alice/i, "Bob"));
      assert.match(sought?.because ?? "", /^members of \S+ tried/, `${tried} ${loggedIn}`);
    }
});

test("an account of another domain is another account", () => {
  const detector = createExperienced();
  for (const domain of ["one", "two"])
    for (let day = 0; day < 5; day++)
      login(detector, ip("192.0.2.1"), LATER + day * DAY, `carol@${domain}.example`);
  const at = LATER + 5 * DAY;
  for (let i = 0; i < 100; i++) fail(detector, far(i), at + i * 1000, "carol@two.example");
  detector.settle(instant(at + HOUR));
  assert.equal(login(detector, far(900), at + HOUR, "carol@one.example"), undefined);
  assert.ok(login(detector, far(901), at + HOUR, "carol") !== undefined);
});

/** Fails with a name that resembles an account. */
function spelled(detector: CampaignDetector, from: Ip, at: number, user: string): void {
  const line = { jail: SSHD, subject: from, ip: from, rule: "failed", isUnknownUser: false };
  detector.attempt({ ...line, at: instant(at), weight: 1, user, likeness: "similar" });
}

test("where anybody can register, only a login of the same account spares a network the alarm", () => {
  const detector = createDetector();
  const open = (from: Ip, at: number, account: string) =>
    detector.login({
      ...{ jail: SSHD, ip: from, account, method: "password" },
      at: instant(at),
      isOpen: true,
    });
  for (let day = 0; day < 5; day++) open(ip("192.0.2.1"), START + day * DAY, "alice");
  open(ip("198.51.100.1"), LATER, "mallory");
  for (let i = 0; i < 100; i++) fail(detector, far(i), LATER + i * 1000, "alice");
  detector.settle(instant(LATER + HOUR));
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())), instant(LATER + HOUR));
  for (const one of [detector, next]) {
    const at = instant(LATER + HOUR);
    const line = { jail: SSHD, at, account: "alice", method: "password", isOpen: true } as const;
    assert.equal(one.login({ ...line, ip: ip("192.0.2.77") }), undefined);
    assert.ok(one.login({ ...line, ip: ip("198.51.100.2") }) !== undefined);
  }
});

test("a campaign after a quiet hour lasts two hours, although both hours together are usual", () => {
  const detector = createDetector();
  for (let n = 0; n < 120 * 20; n++) fail(detector, far(n), START + (n * HOUR) / 20, "root");
  const at = LATER + HOUR;
  for (let n = 0; n < 75; n++) fail(detector, far(3000 + n), at + n * 1000, "root");
  const kindsBy = (time: number): readonly string[] => {
    detector.settle(instant(time));
    return detector.takeFindings().map(({ kind }) => kind);
  };
  assert.deepEqual(kindsBy(at + HOUR), ["began"]);
  assert.deepEqual(kindsBy(at + 4 * HOUR), ["ended"]);
});

test("the guessing of one account is over six hours after its last try", () => {
  const detector = new CampaignDetector({ seed: 7, signsOf: () => ["one-account"] });
  for (let day = 0; day < 5; day++) login(detector, ip("192.0.2.1"), START + day * DAY, "alice");
  for (let i = 0; i < 100; i++) fail(detector, far(i), LATER + i * 1000, "alice");
  const kindsBy = (time: number): readonly string[] => {
    detector.settle(instant(time));
    return detector.takeFindings().map(({ kind }) => kind);
  };
  assert.deepEqual(kindsBy(LATER + 6 * HOUR), ["began"]);
  assert.deepEqual(kindsBy(LATER + 6 * HOUR + 101_000), ["ended"]);
});

test("a campaign that lasts seven days ends, because it is the habit then", () => {
  const detector = new CampaignDetector({ seed: 7, signsOf: () => ["one-account"] });
  for (let day = 0; day < 5; day++) login(detector, ip("192.0.2.1"), START + day * DAY, "alice");
  for (let n = 0; n < 8 * 24 * 20; n++) fail(detector, far(n), LATER + (n * HOUR) / 20, "alice");
  const ended = detector.takeFindings().find(({ kind }) => kind === "ended");
  const { beganAt = 0, endedAt = 0 } = ended?.campaign ?? {};
  assert.equal(Math.floor((endedAt - beganAt) / HOUR), 7 * 24);
});

test("networks of open logins, as an earlier revision saved them, are ignored and the rest is kept", () => {
  const detector = createExperienced();
  const openLogins = { close: [["192.0.2", START]], near: [["192.0", START]] };
  const saved = JSON.parse(JSON.stringify(detector.state()));
  const next = createDetector();
  next.restore({ ...saved, accountLogins: undefined, openLogins }, instant(LATER));
  assert.deepEqual(next.state().logins, detector.state().logins);
  assert.deepEqual(next.state().accountLogins, []);
});
