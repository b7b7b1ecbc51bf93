/**
 * Generates what the detectors observe on a server with users and an SSH port open to the Internet, without a log: the
 * same seed gives the same events on every machine. Each generator returns its events in the order of time.
 *
 * Normal traffic: background noise (sources that try common names, with a daily cycle, loud and quiet days, and small
 * waves of up to twelve sources), users who log in from home, from the office behind one address, from mobile networks
 * and now and then from a hotel, and mistype; a program that fails every five minutes with an old password; and days on
 * which everyone must change the password, when many clients fail first and some keep failing for hours.
 */
import { createRandom, type Random } from "../../bench/random.ts";
import { type Instant, instant } from "../../src/domain/instant.ts";
import { type Ip, ipv4FromNumber } from "../../src/domain/ip.ts";
import type { JailName } from "../../src/domain/jail-name.ts";
import type { ObservedAttempt, ObservedLogin } from "../../src/detect/judgment/observed-attempt.ts";

export type Observed =
  | ({ readonly kind: "failure"; readonly from: Sender } & ObservedAttempt)
  | ({ readonly kind: "login" } & ObservedLogin);

/** Who made a failure, which no detector knows. */
export type Sender = "noise" | "user" | "program" | "campaign";

export const START: Instant = instant(Date.UTC(2026, 5, 1));
export const DAY_MS = 86_400_000;
const SSHD = "sshd" as JailName;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const USERS = 200;
const COMMON = ["admin", "test", "ubuntu", "oracle", "postgres", "user", "git", "deploy"] as const;
/** Accounts that exist on the server; sshd says of others that they do not. */
const EXISTING = /^(?:user\d{3}|root|backup)$/;
const OFFICE = ipv4FromNumber(0xc6_33_64_0a);

/** When attacks begin in `backgroundOf`: the habits of a week are known then. */
export const ATTACK_AT: number = START + 7.4 * DAY_MS;

/** Normal traffic around an attack of less than a day. */
export function backgroundOf(seed: number): readonly Observed[] {
  return normalTraffic({ seed, days: 9, noise: 300 });
}

export interface NormalOptions {
  readonly seed: number;
  readonly days: number;
  /** Mean number of sources of background noise a day. */
  readonly noise: number;
}

export function normalTraffic({ seed, days, noise }: NormalOptions): readonly Observed[] {
  const random = createRandom(seed);
  const events: Observed[] = [];
  for (let day = 0; day < days; day++) {
    addNoise(events, random, { day, noise });
    addUsers(events, random, day);
    if (day % 14 === 9) addPasswordChange(events, random, day);
    addProgram(events, day);
  }
  return inOrder(events);
}

export interface CampaignShape {
  readonly seed: number;
  readonly from: number;
  readonly length: number;
  readonly sources: number;
  readonly triesEach: number;
  /** Accounts to try; undefined: from a list of 40. */
  readonly accounts?: readonly string[];
}

/** Sources begin at random times, and each tries its accounts a few minutes apart. */
export function campaign(shape: CampaignShape): readonly Observed[] {
  const { seed, from, length, sources, triesEach } = shape;
  const random = createRandom(seed);
  const events: Observed[] = [];
  for (let i = 0; i < sources; i++) {
    const ip = farAddress(random);
    let at = from + random.next() * length;
    for (let n = 0; n < triesEach; n++) {
      const user = shape.accounts?.[n * sources + i] ?? `${random.pick(COMMON)}${random.below(5)}`;
      events.push(failure(ip, at, user, "campaign"));
      at += (2 + random.next()) * MINUTE_MS;
    }
  }
  return inOrder(events);
}

/** 5,000 sources with two tries each in six hours. */
export function wideCampaign(seed: number, from: number): readonly Observed[] {
  return campaign({ seed, from, length: DAY_MS / 4, sources: 5000, triesEach: 2 });
}

/** 300 accounts with one try each, from 100 sources in two hours; a third are accounts of users. */
export function spray(seed: number, from: number): readonly Observed[] {
  const accounts = Array.from({ length: 300 }, (_, i) =>
    i % 3 === 0 ? userName(i % USERS) : `svc-${seed}-${i}`,
  );
  const shape = { sources: 100, triesEach: 3, length: 2 * HOUR_MS };
  return campaign({ seed, from, accounts, ...shape });
}

/** One source that tries `root` twice an hour for a week. */
export function slowSource(seed: number, from: number): readonly Observed[] {
  const ip = farAddress(createRandom(seed));
  return Array.from({ length: 7 * 48 }, (_, n) =>
    failure(ip, from + n * 30 * MINUTE_MS, "root", "campaign"),
  );
}

export function merge(...parts: readonly (readonly Observed[])[]): readonly Observed[] {
  return inOrder(parts.flat());
}

export function failure(ip: Ip, at: number, user: string, from: Sender): Observed {
  const time = instant(Math.floor(at));
  const common = { jail: SSHD, rule: "failed-password", weight: 1 };
  return {
    kind: "failure",
    from,
    ...common,
    subject: ip,
    ip,
    at: time,
    user,
    isUnknownUser: !EXISTING.test(user),
  };
}

export function login(ip: Ip, at: number, account: string): Observed {
  return {
    kind: "login",
    jail: SSHD,
    ip,
    at: instant(Math.floor(at)),
    account,
    method: "password",
  };
}

/** An address in one of 24 networks /16 of noise and botnets, where no user is. */
export function farAddress(random: Random): Ip {
  return ipv4FromNumber(((100 + random.below(120)) << 24) + random.below(1 << 24));
}

function addNoise(
  events: Observed[],
  random: Random,
  { day, noise }: { readonly day: number; readonly noise: number },
): void {
  const today = Math.round(noise * (0.5 + random.next()));
  for (let i = 0; i < today; i++) {
    // Twice as many in the second half of the day.
    const hour = random.next() < 1 / 3 ? random.next() * 12 : 12 + random.next() * 12;
    addDictionary(events, random, START + day * DAY_MS + hour * HOUR_MS);
  }
  if (random.next() < 0.5)
    addWave(events, random, START + day * DAY_MS + random.next() * 20 * HOUR_MS);
}

function addDictionary(events: Observed[], random: Random, from: number): void {
  const ip = farAddress(random);
  const tries = 1 + random.below(random.next() < 0.2 ? 60 : 8);
  const pause = (1 + random.below(30)) * 20_000;
  for (let n = 0; n < tries; n++)
    events.push(failure(ip, from + n * pause, noiseName(random), "noise"));
}

function addWave(events: Observed[], random: Random, from: number): void {
  const name = noiseName(random);
  for (let i = 4 + random.below(9); i > 0; i--)
    events.push(failure(farAddress(random), from + random.next() * 40 * MINUTE_MS, name, "noise"));
}

function noiseName(random: Random): string {
  const kind = random.next();
  if (kind < 0.55) return "root";
  if (kind < 0.85) return `${random.pick(COMMON)}${random.next() < 0.7 ? "" : random.below(4)}`;
  // A dictionary of 2,000 names, the first of which are tried more often.
  return `name${Math.floor(2000 * random.next() ** 3)}`;
}

function addUsers(events: Observed[], random: Random, day: number): void {
  for (let user = 0; user < USERS; user++) {
    if (random.next() < 0.3) continue;
    const at = START + day * DAY_MS + (7 + random.next() * 12) * HOUR_MS;
    const ip = random.next() < 0.01 ? farAddress(random) : userAddress(random, user);
    const mistakes = random.next() < 0.06 ? 1 + random.below(2) : 0;
    for (let n = mistakes; n > 0; n--)
      events.push(failure(ip, at - n * 15_000, userName(user), "user"));
    events.push(login(ip, at, userName(user)));
  }
}

function addPasswordChange(events: Observed[], random: Random, day: number): void {
  for (let user = 0; user < USERS; user++) {
    const at = START + day * DAY_MS + (8 + random.next() * 2) * HOUR_MS;
    const ip = random.next() < 0.05 ? farAddress(random) : userAddress(random, user);
    const mistakes = 1 + random.below(4);
    for (let n = mistakes; n > 0; n--)
      events.push(failure(ip, at - n * 20_000, userName(user), "user"));
    if (random.next() < 0.9) events.push(login(ip, at + 10 * MINUTE_MS, userName(user)));
    if (random.next() > 0.05) continue;
    // A phone keeps trying the old password from changing addresses.
    for (let n = 0; n < 32; n++)
      events.push(failure(mobileAddress(random), at + n * 15 * MINUTE_MS, userName(user), "user"));
  }
}

function addProgram(events: Observed[], day: number): void {
  const ip = ipv4FromNumber(0xcb_00_71_05);
  for (let n = 0; n < 288; n++)
    events.push(failure(ip, START + day * DAY_MS + n * 5 * MINUTE_MS, "backup", "program"));
}

function userName(user: number): string {
  return `user${String(user).padStart(3, "0")}`;
}

/** A quarter of the users are in the office; the others are at home or in one of three mobile networks. */
function userAddress(random: Random, user: number): Ip {
  if (user % 4 === 0) return OFFICE;
  if (random.next() < 0.25) return mobileAddress(random);
  return ipv4FromNumber((60 << 24) + ((user % 12) << 16) + (user << 8) + (user % 250) + 1);
}

function mobileAddress(random: Random): Ip {
  return ipv4FromNumber((62 << 24) + (random.below(3) << 16) + random.below(1 << 16));
}

function inOrder(events: readonly Observed[]): readonly Observed[] {
  return events.toSorted((a, b) => a.at - b.at);
}
