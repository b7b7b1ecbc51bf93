/**
 * Keeps what the names in ignoreip last resolved to, and when. Stored in the record, so that a restart without working
 * DNS still has them; a failed look-up keeps the last answer.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { type Instant, instant, isInstant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { Emit } from "../../telemetry/events.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { StateStore } from "../../record/state-store.ts";
import { isRecord, parseJson } from "../../domain/json.ts";

export interface NameAnswer {
  readonly addresses: readonly Ip[];
  readonly answeredAt: Instant;
  /** Whether the latest look-up failed, or there was none since the start. */
  readonly isOld: boolean;
}

export interface NameAnswersOptions {
  readonly stateStore: StateStore;
  readonly resolveName: (name: string) => Promise<readonly Ip[]>;
  readonly emit: Emit;
}

/**
 * Maximum number of parallel look-ups. While a dead server does not answer, each one blocks one of the four threads
 * that read files.
 */
const LOOKUPS_AT_ONCE = 2;
/** An unchanged answer is stored again at this interval, so that its age in the record is correct. */
const SAVE_INTERVAL_MS = 3_600_000;
/** Maximum number of addresses of a name; correctly configured names have fewer. */
const MAX_ADDRESSES = 256;

export class NameAnswers {
  readonly #options: NameAnswersOptions;
  readonly #answers = new Map<string, NameAnswer | undefined>();
  readonly #failures = new Map<string, string>();
  readonly #lookedUp = new Set<string>();
  readonly #savedAt = new Map<string, Instant>();

  constructor(options: NameAnswersOptions) {
    this.#options = options;
  }

  of(name: string): NameAnswer | undefined {
    const { stateStore } = this.#options;
    return this.#answers.getOrInsertComputed(name, () => readSaved(stateStore.load(keyOf(name))));
  }

  /** Returns why the latest look-up failed; undefined: it did not, or there was none. */
  failureOf(name: string): string | undefined {
    return this.#failures.get(name);
  }

  /** Returns whether the name was looked up since the start, with or without success. */
  isLookedUp(name: string): boolean {
    return this.#lookedUp.has(name);
  }

  /** Whether the latest look-up of any of the names failed. */
  get isFailing(): boolean {
    return this.#failures.size > 0;
  }

  /** Resolves all names; returns true if an answer, or its age, changed. Answers after `signal` aborts are ignored. */
  async lookUp(
    names: readonly string[],
    now: () => Instant,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    this.#forgetOthers(new Set(names));
    const before = this.#describe(names);
    const waiting = names.values();
    const work = async (): Promise<void> => {
      for (const name of waiting) {
        const answer = await this.#ask(name);
        if (signal?.aborted === true) return;
        this.#take(name, answer, now());
        this.#lookedUp.add(name);
      }
    };
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
    return signal?.aborted !== true && this.#describe(names) !== before;
  }

  #describe(names: readonly string[]): string {
    return JSON.stringify(names.map((name) => [this.of(name)?.addresses, this.of(name)?.isOld]));
  }

  /** Returns at least one address, or why the name has no address. */
  async #ask(name: string): Promise<Result<readonly Ip[], string>> {
    try {
      const addresses = await this.#options.resolveName(name);
      const found = [...new Set(addresses)].sort().slice(0, MAX_ADDRESSES);
      return found.length > 0 ? ok(found) : fail("it has no address");
    } catch (error) {
      return fail(reasonOf(error));
    }
  }

  #take(name: string, answer: Result<readonly Ip[], string>, now: Instant): void {
    if (answer.ok) return this.#note(name, answer.value, now);
    const reason = answer.error;
    const last = this.of(name);
    if (last !== undefined) this.#answers.set(name, { ...last, isOld: true });
    const last_answer_at = last?.answeredAt;
    if (this.#failures.get(name) !== reason)
      this.#options.emit({ event: "name-unresolved", name, reason, last_answer_at });
    this.#failures.set(name, reason);
  }

  #note(name: string, addresses: readonly Ip[], at: Instant): void {
    const isSame = this.of(name)?.addresses.join() === addresses.join();
    this.#answers.set(name, { addresses, answeredAt: at, isOld: false });
    this.#failures.delete(name);
    if (isSame && at - (this.#savedAt.get(name) ?? 0) < SAVE_INTERVAL_MS) return;
    this.#savedAt.set(name, at);
    this.#options.stateStore.save(keyOf(name), JSON.stringify({ addresses, at }));
  }

  #forgetOthers(names: ReadonlySet<string>): void {
    for (const known of [this.#answers, this.#failures, this.#savedAt, this.#lookedUp])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  }
}

function keyOf(name: string): string {
  return `ignoreip ${name}`;
}

function readSaved(text: string | undefined): NameAnswer | undefined {
  const saved = parseJson(text);
  if (!isRecord(saved)) return undefined;
  const { addresses, at } = saved;
  if (!Array.isArray(addresses) || !isInstant(at)) return undefined;
  const parsed = addresses.flatMap((address) => parseIp(String(address)) ?? []);
  return { addresses: parsed, answeredAt: instant(at), isOld: true };
}
