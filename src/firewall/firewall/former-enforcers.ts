/**
 * Removes everything of bailiff from enforcers that are no longer used. What fails is tried again by the next `clear`.
 * Works on all at the same time, so that one that does not answer delays no other.
 */
import { MEMORY } from "../../config/enforcers/memory.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { ManagedEnforcer } from "../managed-enforcer.ts";

interface Former {
  readonly member: ManagedEnforcer;
  clearing: Promise<void> | undefined;
  /** Why it could not be cleared, as reported. */
  failure: string | undefined;
}

export interface FormerEnforcersOptions {
  readonly emit: Emit;
  /** Called when nothing is left in the enforcer of a place, which is closed. */
  readonly onCleared: (place: string) => void;
}

export class FormerEnforcers {
  readonly #options: FormerEnforcersOptions;
  readonly #former = new Map<string, Former>();

  constructor(options: FormerEnforcersOptions) {
    this.#options = options;
  }

  /** Adds an enforcer that must be cleared. */
  add(place: string, member: ManagedEnforcer): void {
    this.#former.getOrInsert(place, { member, clearing: undefined, failure: undefined });
  }

  /** Must be called before the place is used again. Returns whether its enforcer must be opened again. */
  async reuse(place: string): Promise<boolean> {
    const former = this.#former.get(place);
    this.#former.delete(place);
    await former?.clearing;
    return former !== undefined;
  }

  clear(): void {
    for (const [place, former] of this.#former)
      former.clearing ??= this.#clear(place, former).finally(() => {
        former.clearing = undefined;
      });
  }

  async #clear(place: string, former: Former): Promise<void> {
    const { emit, onCleared } = this.#options;
    const { member } = former;
    const failure = await member.removeAll();
    // It may be used again in the meantime; the caller opens it again.
    if (this.#former.get(place) !== former) return;
    if (failure !== undefined) {
      if (former.failure !== failure)
        emit({ event: "enforcer-not-cleared", enforcer: member.name, reason: failure });
      former.failure = failure;
      return;
    }
    this.#former.delete(place);
    await member.close();
    onCleared(place);
    if (place !== MEMORY) emit({ event: "enforcer-cleared", enforcer: member.name });
  }
}
