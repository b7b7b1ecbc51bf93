/**
 * What the names in ignoreip resolved to last, and when. Kept in the record, so that a restart without working DNS
 * knows them as well; a failed look-up keeps the last answer.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { type Instant, instant, isInstant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { StateStore } from "../../record/state-store.ts";

export interface NameAnswer {
  readonly addresses: readonly Ip[];
  readonly answeredAt: Instant;
  /** The latest look-up failed, or there was none since the start. */
  readonly isOld: boolean;
}

export interface NameAnswers {
  of(name: string): NameAnswer | undefined;
  /** Why the latest look-up failed; undefined: it did not, or there was none. */
  failureOf(name: string): string | undefined;
  /** Whether the name was looked up since the start, with or without success. */
  isLookedUp(name: string): boolean;
  /** Whether the latest look-up of any of the names failed. */
  readonly isFailing: boolean;
  /** Looks all of them up; true when an answer, or its being old, changed. */
  lookUp(names: readonly string[], now: () => Instant): Promise<boolean>;
}

export interface NameAnswersOptions {
  readonly stateStore: StateStore;
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly emit: Emit;
}

/** The resolver blocks one of the four threads that files are read with, for as long as a dead server lets it wait. */
const LOOKUPS_AT_ONCE = 2;
/** An answer that stays the same is written again so often, so that its age in the record is true. */
const SAVE_INTERVAL_MS = 3_600_000;
/** More addresses than one name has on any host that works. */
const MAX_ADDRESSES = 256;

export function createNameAnswers({
  stateStore,
  resolveName,
  emit,
}: NameAnswersOptions): NameAnswers {
  const answers = new Map<string, NameAnswer | undefined>();
  const failures = new Map<string, string>();
  const lookedUp = new Set<string>();
  const savedAt = new Map<string, Instant>();

  function of(name: string): NameAnswer | undefined {
    if (!answers.has(name)) answers.set(name, readSaved(stateStore.load(keyOf(name))));
    return answers.get(name);
  }

  async function lookUpOne(name: string, now: () => Instant): Promise<void> {
    let reason = "it has no address";
    try {
      const found = [...new Set(await resolveName(name))].sort().slice(0, MAX_ADDRESSES);
      if (found.length > 0) return note(name, found, now());
    } catch (error) {
      reason = reasonOf(error);
    }
    const last = of(name);
    if (last !== undefined) answers.set(name, { ...last, isOld: true });
    if (failures.get(name) !== reason)
      emit({ event: "name-unresolved", name, reason, last_answer_at: last?.answeredAt });
    failures.set(name, reason);
  }

  function note(name: string, addresses: readonly Ip[], at: Instant): void {
    const isSame = of(name)?.addresses.join() === addresses.join();
    answers.set(name, { addresses, answeredAt: at, isOld: false });
    failures.delete(name);
    if (isSame && at - (savedAt.get(name) ?? 0) < SAVE_INTERVAL_MS) return;
    savedAt.set(name, at);
    stateStore.save(keyOf(name), JSON.stringify({ addresses, at }));
  }

  function forgetOthers(names: ReadonlySet<string>): void {
    for (const known of [answers, failures, savedAt, lookedUp])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  }

  async function lookUp(names: readonly string[], now: () => Instant): Promise<boolean> {
    forgetOthers(new Set(names));
    const shown = (): string =>
      JSON.stringify(names.map((name) => [of(name)?.addresses, of(name)?.isOld]));
    const before = shown();
    const waiting = names.values();
    const work = async (): Promise<void> => {
      for (const name of waiting) {
        await lookUpOne(name, now);
        lookedUp.add(name);
      }
    };
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
    return shown() !== before;
  }

  return {
    of,
    failureOf: (name) => failures.get(name),
    isLookedUp: (name) => lookedUp.has(name),
    get isFailing() {
      return failures.size > 0;
    },
    lookUp,
  };
}

function keyOf(name: string): string {
  return `ignoreip ${name}`;
}

function readSaved(text: string | undefined): NameAnswer | undefined {
  if (text === undefined) return undefined;
  try {
    const { addresses, at }: Record<string, unknown> = JSON.parse(text);
    if (!Array.isArray(addresses) || !isInstant(at)) return undefined;
    const parsed = addresses.flatMap((address) => parseIp(String(address)) ?? []);
    return { addresses: parsed, answeredAt: instant(at), isOld: true };
  } catch {
    // Cut short or of another release: as good as never answered.
    return undefined;
  }
}
