/**
 * Stops rules that ban users who log in here (see detect/ban-budget.ts). An open breaker stays open across restarts
 * until an administrator resets it. Owns the list; bounded by MAX_OPEN.
 */
import { type Instant, instant, isInstant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { StateStore } from "../../record/state-store.ts";
import { loadList } from "../load-list.ts";

export interface OpenBreaker {
  readonly jail: JailName;
  readonly rule: string;
  readonly since: Instant;
  readonly reason: string;
  /** Number of offenses not banned because the breaker is open. */
  readonly spared: number;
}

export interface Breaker {
  /** Returns undefined if the breaker is closed. An open one counts the offense as refused. */
  refuseIfTripped(jail: JailName, rule: string): OpenBreaker | undefined;
  /** Opens the breaker. The offense that opens it is the first that is not banned. */
  open(opened: Omit<OpenBreaker, "spared">): void;
  list(jail?: JailName): readonly OpenBreaker[];
  /** Saves unsaved counts. */
  save(): void;
  /** Closes the breakers of a jail, or of one of its rules, or all; returns those that were open. */
  reset(which: {
    readonly jail?: JailName | undefined;
    readonly rule?: string | undefined;
  }): readonly OpenBreaker[];
}

const NAME = "breaker";
const MAX_OPEN = 100;
const MAX_REASON_LENGTH = 200;

export function createBreaker(stateStore: StateStore): Breaker {
  const all = new Map(
    loadList(stateStore, NAME)
      .flatMap(readOpen)
      .map((one) => [keyOf(one.jail, one.rule), one]),
  );

  let unsaved = false;

  function save(): void {
    unsaved = false;
    stateStore.save(NAME, JSON.stringify([...all.values()]));
  }

  function list(jail?: JailName): readonly OpenBreaker[] {
    return [...all.values()].filter((one) => jail === undefined || one.jail === jail);
  }

  return {
    refuseIfTripped(jail, rule) {
      if (all.size === 0) return undefined;
      const key = keyOf(jail, rule);
      const found = all.get(key);
      if (found === undefined) return undefined;
      const counted = { ...found, spared: found.spared + 1 };
      all.set(key, counted);
      unsaved = true;
      return counted;
    },
    open({ jail, rule, since, reason }) {
      if (all.size >= MAX_OPEN) return;
      const short = reason.slice(0, MAX_REASON_LENGTH);
      all.set(keyOf(jail, rule), { jail, rule, since, reason: short, spared: 1 });
      save();
    },
    list,
    save: () => {
      if (unsaved) save();
    },
    reset({ jail, rule }) {
      const closed = list(jail).filter((one) => rule === undefined || one.rule === rule);
      for (const one of closed) all.delete(keyOf(one.jail, one.rule));
      if (closed.length > 0) save();
      return closed;
    },
  };
}

function keyOf(jail: JailName, rule: string): string {
  return `${jail} ${rule}`;
}

function readOpen(one: Readonly<Record<string, unknown>>): readonly OpenBreaker[] {
  const { rule, since, reason, spared } = one;
  const jail = parseJailName(String(one["jail"]));
  if (jail === undefined || typeof rule !== "string" || !isInstant(since)) return [];
  return [
    { jail, rule, since: instant(since), reason: String(reason), spared: Number(spared) || 0 },
  ];
}
