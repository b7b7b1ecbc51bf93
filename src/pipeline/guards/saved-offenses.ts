/**
 * Keeps offenses that wait for a ban budget over a restart: what detectors find, and what is older than findtime, would
 * not be found again. Bounded to MAX_SAVED, those with most failures.
 */
import * as v from "valibot";
import type { Suspicion } from "../../detect/judgment/detector.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import type { Jail } from "../../jails/jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import type { WaitingOffense } from "./waiting-offenses.ts";

const NAME = "waiting-offenses";
/** About 300 bytes each. */
const MAX_SAVED = 5000;

const FOUND = v.object({
  because: v.string(),
  failures: v.number(),
  severity: v.optional(v.number()),
  needed: v.optional(v.number()),
  settings: v.optional(v.array(v.picklist(["campaigns", "accounts"]))),
});

const SAVED = v.array(
  v.object({
    ...{ jail: v.string(), rule: v.string(), subject: v.string(), thresholds: v.string() },
    ...{ at: v.pipe(v.number(), v.safeInteger()), failures: v.number() },
    found: v.optional(FOUND),
  }),
);

/** The jail and rule, and what waits for its budget. */
type RuleOffenses = readonly [Pick<WaitingOffense, "jail" | "rule">, readonly WaitingOffense[]];

export class SavedOffenses {
  readonly #stateStore: StateStore;
  #isEmpty: boolean;

  constructor(stateStore: StateStore) {
    this.#stateStore = stateStore;
    this.#isEmpty = stateStore.load(NAME) === undefined;
  }

  save(offenses: readonly WaitingOffense[]): void {
    if (offenses.length === 0 && this.#isEmpty) return;
    this.#isEmpty = offenses.length === 0;
    const kept = offenses.toSorted((a, b) => b.failures - a.failures).slice(0, MAX_SAVED);
    const saved = kept.map(({ jail, ...offense }) => ({ ...offense, jail: jail.name }));
    this.#stateStore.save(NAME, JSON.stringify(saved));
  }

  /** Returns the saved offenses of these jails by rule, in the order in which they began to wait. */
  load(jails: Iterable<Jail>): readonly RuleOffenses[] {
    const byName = new Map<string, Jail>(Array.from(jails, (jail) => [jail.name, jail]));
    const saved = v.safeParse(SAVED, parseJson(this.#stateStore.load(NAME)));
    const all = (saved.success ? saved.output : []).flatMap((one) => read(one, byName));
    const rules = Map.groupBy(all, ({ jail, rule }) => `${jail.name} ${rule}`);
    return [...rules.values()].flatMap((list): readonly RuleOffenses[] => {
      const [first] = list;
      // They were saved with those first that are next, which are the latest among equals.
      return first === undefined ? [] : [[first, list.toReversed()]];
    });
  }
}

function read(
  { jail: name, subject: text, found, at, ...offense }: v.InferOutput<typeof SAVED>[number],
  jails: ReadonlyMap<string, Jail>,
): readonly WaitingOffense[] {
  const [jail, subject] = [jails.get(name), parseSubject(text)];
  if (jail === undefined || subject === undefined) return [];
  const suspicion: Suspicion | undefined = found && { ...found, subject, mode: "act" };
  return [{ ...offense, jail, subject, at: instant(at), found: suspicion }];
}
