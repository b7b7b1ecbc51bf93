/**
 * Moves the bans of jails whose ports changed, also while the daemon was stopped. A ban of other ports than its jail had
 * keeps them: for a shared address they are fewer on purpose, and an observed ban has none.
 */
import * as v from "valibot";
import type { BanBook } from "../../domain/ban-book.ts";
import { parseJson } from "../../domain/json.ts";
import { MAX_PORTS, OBSERVED, type PortScope, portsOf } from "../../domain/port-scope.ts";
import type { Jail } from "../../jails/jail.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { Emit } from "../../telemetry/events.ts";

/** The scope of each jail when its bans were last made equal to it. */
const SCOPES = v.record(
  v.string(),
  v.custom<PortScope>((value) => typeof value === "string"),
);
const STORED_AS = "ports of jails";

/** Returns whether bans were moved in the book; the firewall must follow. */
export function movePorts(jails: readonly Jail[], book: BanBook, emit: Emit): boolean {
  const store = createStateStore(book);
  const stored = store.load(STORED_AS);
  const parsed = v.safeParse(SCOPES, parseJson(stored));
  const former = new Map(parsed.success ? Object.entries(parsed.output) : []);
  let isMoved = false;
  const scopes = jails.flatMap(({ name, policy: { scope } }): readonly [string, PortScope][] => {
    const from = former.get(name) ?? scope;
    // Neither can be enforced.
    if (scope === OBSERVED || portsOf(scope).length > MAX_PORTS)
      return from === OBSERVED ? [] : [[name, from]];
    const bans = from === scope ? 0 : book.changePorts(name, from, scope);
    if (bans > 0) emit({ event: "bans-moved", jail: name, bans, from, to: scope });
    isMoved ||= bans > 0;
    return [[name, scope]];
  });
  const text = JSON.stringify(Object.fromEntries(scopes));
  if (text !== stored) store.save(STORED_AS, text);
  return isMoved;
}
