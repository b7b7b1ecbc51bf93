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
  /** Whether a removal was tried, which other enforcers notice: it is not repeated at each change. */
  wasTried: boolean;
  /** Why it could not be cleared, as reported. */
  failure: string | undefined;
}

export interface FormerEnforcersOptions {
  readonly emit: Emit;
  /** Returns all enforcers that hold bans. */
  readonly members: () => readonly ManagedEnforcer[];
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
    this.#former.getOrInsert(place, {
      ...{ member, clearing: undefined, wasTried: false, failure: undefined },
    });
  }

  /** Returns whether the enforcer of this place is about to be cleared. */
  has(place: string): boolean {
    return this.#former.has(place);
  }

  /** Must be called before the place is used again. Returns whether its enforcer must be opened again. */
  async reuse(place: string): Promise<boolean> {
    const former = this.#former.get(place);
    this.#former.delete(place);
    await former?.clearing;
    return former !== undefined;
  }

  /** `retries`: whether to try again what failed before. */
  clear({ retries }: { readonly retries: boolean }): void {
    for (const [place, former] of this.#former)
      if (retries || !former.wasTried)
        former.clearing ??= this.#clear(place, former).finally(() => {
          former.clearing = undefined;
        });
  }

  async #clear(place: string, former: Former): Promise<void> {
    const { emit, onCleared } = this.#options;
    const { member } = former;
    former.wasTried = member.enforcement !== undefined;
    const failure = former.wasTried
      ? await this.#removeAll(place, member)
      : await member.removeAll();
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

  /**
   * Two places may be one firewall, such as two ban commands that differ in an argument, so this may remove blocks of
   * others too. They prove nothing until they have applied their blocks again, also when the removal failed halfway.
   */
  async #removeAll(place: string, member: ManagedEnforcer): Promise<string | undefined> {
    for (const other of this.#othersLike(member)) other.doubt(place);
    const failure = await member.removeAll();
    for (const other of this.#othersLike(member)) void other.reapply(place);
    return failure;
  }

  /** Returns the enforcers in use that may share blocks with this one. A command may change any firewall. */
  #othersLike({ kind }: ManagedEnforcer): readonly ManagedEnforcer[] {
    const former = new Set([...this.#former.values()].map(({ member }) => member));
    return this.#options
      .members()
      .filter((other) => !former.has(other) && other.kind !== undefined && kind !== undefined)
      .filter((other) => other.kind === kind || other.kind === "command" || kind === "command");
  }
}
