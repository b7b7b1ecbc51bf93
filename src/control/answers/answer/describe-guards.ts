/**
 * Describes what the guards recorded about an address, for `why` and `breaker`: logins, refused bans, suspended rules.
 */
import { amount } from "../../../domain/amount.ts";
import type { LoginReply } from "../../ban-messages.ts";
import type { BreakerReply } from "../../messages.ts";
import { isOpen } from "../../../detect/lockout-guard.ts";
import { countAccounts, SHARED_FROM } from "../../../detect/shared-address.ts";
import type { Subject } from "../../../domain/cidr.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import type { Login } from "../../../domain/login.ts";
import { formatPresence } from "../../../domain/presence.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { OpenBreaker } from "../../../pipeline/guards/breaker.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import type { RefusedOffense } from "../../../pipeline/guards/recorded-logins.ts";
import { describeUnprovenOf } from "../../../pipeline/describe-unproven.ts";
import {
  describeLimit,
  describeSuspension,
  type LimitedRule,
} from "../../../pipeline/guards/describe-limits.ts";

const MAX_REFUSED = 5;

export function describeLogin(login: Login): LoginReply {
  const { account, filter, ip, firstAt, lastAt, keyAt, count } = login;
  return {
    ...{ account, filter, from: ip, count },
    first: formatInstant(firstAt),
    last: formatInstant(lastAt),
    key_at: keyAt === undefined ? null : formatInstant(keyAt),
  };
}

/**
 * Returns sentences: who is logged in from the address, which bans were refused because of it, how many users share it.
 */
export function describeGuards(daemon: Daemon, subject: Subject, now: Instant): readonly string[] {
  const { guards } = daemon;
  const keyLogin = Math.max(0, ...daemon.jails.map(({ jail }) => jail.config.key_login));
  const allowances = guards.allowances.overlapping(subject, now);
  const used = allowances.filter((one) => !isOpen(one, now)).map(({ jail }) => jail);
  const delays = daemon.jails.some(
    ({ jail }) => jail.config.lockout_guard > 0 && !used.includes(jail.name),
  );
  const effect = delays ? "a ban would be delayed because of this login: " : "";
  const present = guards
    .presencesAt(subject, keyLogin)
    .map((presence) => `${effect}${formatPresence(presence)}`);
  const spared = allowances.map((one) => {
    const { jail, openedAt, until, offenses, evidence } = one;
    const times = amount(offenses, "offense");
    const end = isOpen(one, now)
      ? `exempt until ${formatInstant(until)}`
      : "the next offense is banned";
    const since = formatInstant(openedAt);
    return `${jail} did not ban it for ${times} since ${since}, because ${evidence}; ${end}`;
  });
  const accounts = countAccounts(guards.loginsFrom(subject), now);
  const shared = daemon.jails
    .filter(() => accounts >= SHARED_FROM)
    .map(
      ({ jail }) =>
        `${accounts} accounts have logged in from it: ${sharedPolicy(jail.config, jail.name)}`,
    );
  const unproven = daemon.jails.flatMap(
    (live) => describeUnprovenOf(live, subject, daemon.allow) ?? [],
  );
  const refused = describeRefused(guards.recorded.refused(subject));
  return [
    ...present,
    ...spared,
    ...refused,
    ...shared,
    ...unproven,
    ...describeLimits(daemon, subject),
  ];
}

/** Returns a sentence for each of the latest refused bans, and how many there were before. */
export function describeRefused(all: readonly RefusedOffense[]): readonly string[] {
  const latest = all
    .slice(-MAX_REFUSED)
    .map(({ jail, at, reason }) => `${jail} did not ban it at ${formatInstant(at)}: ${reason}`);
  const earlier = all.length - latest.length;
  return earlier === 0 ? latest : [...latest, `and ${earlier} earlier times`];
}

/** Returns sentences about suspended rules, and about rules whose limit delays a ban of this subject. */
function describeLimits(daemon: Daemon, subject: Subject): readonly string[] {
  const { limits } = daemon.guards;
  const stopped = limits.breaker
    .list()
    .map((one) => `${one.jail}: ${describeSuspension(one)}; ${describeReset(one)}`);
  const waiting = limits
    .waiting(subject)
    .map((one) => `${one.jail} has not banned it yet: ${describeLimit(one)}`);
  return [...waiting, ...stopped];
}

function describeReset({ jail, rule }: OpenBreaker): string {
  return `it stays suspended until: bailiff breaker reset ${jail} ${rule}`;
}

function sharedPolicy(
  { shared, maxretry }: { readonly shared: string; readonly maxretry: number },
  jail: JailName,
): string {
  switch (shared) {
    case "threshold":
      return `${jail} bans it after ${maxretry * 3} failures instead of ${maxretry}`;
    case "short":
      return `${jail} bans it for a sixth of bantime`;
    case "ports":
      return `${jail} closes only the ports of its program to it`;
    case "report":
      return `${jail} only reports it`;
    default:
      return `${jail} bans it as any other (shared = "ban")`;
  }
}

export function describeRules({ guards }: Daemon): readonly BreakerReply[] {
  const { limits } = guards;
  return [...limits.breaker.list().map(describeStopped), ...limits.limited().map(describeLimited)];
}

export function describeStopped({ since, ...open }: OpenBreaker): BreakerReply {
  return { state: "suspended", ...open, since: formatInstant(since) };
}

export function describeLimited(limited: LimitedRule): BreakerReply {
  const { jail, rule, since, waiting, dropped } = limited;
  const reason = describeLimit(limited);
  const spared = waiting + dropped;
  return { state: "limited", jail, rule, since: formatInstant(since), reason, spared };
}
