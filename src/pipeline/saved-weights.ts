/** Stores what jails learned about sieges and tried names, so that it survives a restart. About 60 KiB for a jail. */
import * as v from "valibot";
import type { BanBook } from "../domain/ban-book.ts";
import { parseJson } from "../domain/json.ts";
import type { Jail } from "../jails/jail.ts";
import { createStateStore } from "../record/state-store.ts";

const source = v.pipe(v.number(), v.safeInteger());
const noted = v.array(v.tuple([source, v.number()]));
const SAVED = v.object({
  siege: v.object({ isOn: v.boolean(), strangers: noted, users: noted }),
  names: v.array(v.tuple([v.string(), v.array(source)])),
});

function nameOf({ name }: Jail): string {
  return `weights ${name}`;
}

export function saveWeights(jails: Iterable<{ readonly jail: Jail }>, book: BanBook): void {
  const stateStore = createStateStore(book);
  for (const { jail } of jails)
    if (!jail.weights.isOff) stateStore.save(nameOf(jail), JSON.stringify(jail.weights.save()));
}

/** Restores what was saved, and the accounts that have logged in. */
export function restoreWeights(jail: Jail, book: BanBook): void {
  if (jail.weights.isOff) return;
  jail.weights.addAccounts(book.accounts());
  const saved = v.safeParse(SAVED, parseJson(createStateStore(book).load(nameOf(jail))));
  if (saved.success) jail.weights.restore(saved.output);
  jail.isSiegeReported = jail.weights.siege.isOn;
}
