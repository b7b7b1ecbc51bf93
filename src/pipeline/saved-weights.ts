/**
 * Stores what jails learned about sieges, tried names and networks, so that it survives a restart. About 60 KiB for a
 * jail, and 150 bytes for each network of which several addresses fail.
 */
import * as v from "valibot";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import { parseJson } from "../domain/json.ts";
import type { SavedWeights } from "../detect/judgment/attempt-weights.ts";
import type { SubnetDetector } from "../detect/judgment/subnets.ts";
import type { Jail } from "../jails/jail.ts";
import { createStateStore } from "../record/state-store.ts";

const source = v.pipe(v.number(), v.safeInteger());
const noted = v.array(v.tuple([source, v.number()]));
const SAVED = v.object({
  policy: v.string(),
  since: v.number(),
  siege: v.object({ isOn: v.boolean(), strangers: noted, users: noted }),
  names: v.array(v.tuple([v.string(), v.array(source)])),
});

const NETWORK = v.tuple([
  v.union([v.string(), v.number()]),
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.array(v.number()), v.maxLength(32)),
]);
const SAVED_SUBNETS = v.object({ networks: v.array(NETWORK), banned: v.array(v.string()) });

function nameOf({ name }: Jail): string {
  return `weights ${name}`;
}

function subnetsOf({ name }: Jail): string {
  return `subnets ${name}`;
}

export function saveWeights(jails: Iterable<{ readonly jail: Jail }>, book: BanBook): void {
  const stateStore = createStateStore(book);
  for (const { jail } of jails) {
    const weights = { policy: policyOf(jail), ...jail.weights.save() };
    stateStore.save(nameOf(jail), JSON.stringify(weights));
    if (jail.subnets !== undefined)
      stateStore.save(subnetsOf(jail), JSON.stringify(saveSubnets(jail, jail.subnets)));
  }
}

/**
 * Restores what was saved, and the accounts that have logged in. What is from after `now` was saved before the clock was
 * set back.
 */
export function restoreWeights(jail: Jail, book: BanBook, now: Instant): void {
  restoreSubnets(jail, book, now);
  const { campaigns, accounts } = jail.config.detect;
  const comparesNames = !jail.weights.isOff || campaigns !== "off" || accounts !== "off";
  if (comparesNames) jail.weights.addAccounts(book.accounts(jail.filter.name));
  const saved = v.safeParse(SAVED, parseJson(createStateStore(book).load(nameOf(jail))));
  if (saved.success) jail.weights.restore(withoutFuture(saved.output, now));
  jail.isSiegeReported = jail.weights.isBesieged;
  if (saved.success && saved.output.policy === policyOf(jail)) return;
  if (saved.success) jail.weights.countFrom(now);
  // Immediately: after a crash, what another policy added must not count.
  saveWeights([{ jail }], book);
}

/** Returns what decides how much is added to a failure. */
function policyOf({ config: { maxretry, detect } }: Jail): string {
  const { evidence, siege, honeypot_users, honeypot_paths, open_registration } = detect;
  const lists = { honeypot_users, honeypot_paths, open_registration };
  return JSON.stringify({ maxretry, evidence, siege, ...lists });
}

/** Moves all times back if one is in the future: their distances stay. */
function withoutFuture(saved: SavedWeights, now: Instant): SavedWeights {
  const since = Math.min(saved.since, now);
  const { strangers, users } = saved.siege;
  const newest = Math.max(0, ...[...strangers, ...users].map(([, at]) => at));
  const ahead = Math.max(0, newest - now);
  const move = (noted: typeof strangers): typeof strangers =>
    noted.map(([source, at]) => [source, at - ahead]);
  return {
    ...saved,
    since,
    siege: { ...saved.siege, strangers: move(strangers), users: move(users) },
  };
}

function saveSubnets({ bannedSubnets }: Jail, subnets: SubnetDetector): unknown {
  return { networks: subnets.state(), banned: [...bannedSubnets] };
}

function restoreSubnets(jail: Jail, book: BanBook, now: Instant): void {
  const saved = v.safeParse(SAVED_SUBNETS, parseJson(createStateStore(book).load(subnetsOf(jail))));
  if (!saved.success) return;
  jail.subnets?.restore(saved.output.networks, now);
  for (const text of saved.output.banned) {
    const subnet = parseSubject(text);
    if (subnet !== undefined) jail.bannedSubnets.add(subnet);
  }
}
