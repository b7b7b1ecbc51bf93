/**
 * Manages our chains of one family: creates them, verifies them and repairs them.
 *
 * As with nftables, the expected structure is not computed but remembered: as the kernel returned it right after we
 * wrote it. What must hold in any case, such as that our jumps are first, is checked each time.
 */
import type { Family } from "../../domain/ip.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type ChainLayout,
  coveredChains,
  leftoverInput,
  removalInput,
  structureInput,
  structureText,
  uncoveredChains,
} from "./chain-rules.ts";
import type { SavedFilter } from "./saved-filter.ts";
import { type ScopeKey, scopeNameOf } from "./scope-name.ts";
import type { Tables } from "./tables.ts";

export type FixedLayout = Pick<ChainLayout, "blocksIn" | "covered" | "verdict">;

export interface PreparedChains {
  readonly repaired: boolean;
  /** The chains that jump to ours first. */
  readonly covered: readonly string[];
}

/** Maximum number of times that the structure is written, if another program changes it at the same time. */
const MAX_ATTEMPTS = 3;

export class FamilyChains {
  readonly family: Family;
  readonly #tables: Tables;
  readonly #fixed: FixedLayout;
  /** The layout as last written, and its text as then read. */
  #written: { readonly layout: ChainLayout; readonly text: string } | undefined;
  #isTranslating = false;

  constructor(tables: Tables, fixed: FixedLayout) {
    this.family = tables.family;
    this.#tables = tables;
    this.#fixed = fixed;
  }

  /** Repairs the chains if they are wrong, or if the scopes are others. */
  async prepare(keys: readonly ScopeKey[]): Promise<Result<PreparedChains, string>> {
    const layout = await this.#layout(keys.filter(({ family }) => family === this.family));
    const before = await this.#tables.read();
    if (!before.ok) return before;
    const former = this.#written;
    const isIntact = this.#isAsWritten(before.value);
    if (isSameLayout(former?.layout, layout) && isIntact)
      return ok({ repaired: false, covered: coveredChains(layout, before.value) });
    const written = await this.#write(layout, before.value);
    if (!written.ok) return written;
    // Other scopes are no repair.
    const repaired =
      former === undefined
        ? structureText(layout, before.value) !== this.#written?.text
        : !isIntact;
    return ok({ repaired, covered: coveredChains(layout, written.value) });
  }

  /** Returns whether the chains are as they were written, if they were. */
  async isIntact(): Promise<boolean> {
    if (this.#written === undefined) return true;
    const saved = await this.#tables.read();
    // What cannot be read now is reported by the next repair.
    return !saved.ok || this.#isAsWritten(saved.value);
  }

  /** Removes our chains, and all jumps to them. */
  async remove(): Promise<Result<undefined, string>> {
    this.#written = undefined;
    return removeChains(this.#tables);
  }

  #isAsWritten(saved: SavedFilter): boolean {
    if (this.#written === undefined) return false;
    const { layout, text } = this.#written;
    return structureText(layout, saved) === text && uncoveredChains(layout, saved).length === 0;
  }

  async #layout(own: readonly ScopeKey[]): Promise<ChainLayout> {
    const hasPorts = own.some(({ scope }) => scope !== ALL_PORTS);
    // Stays true, because rules that come and go would have the chains rewritten each time.
    if (hasPorts && !this.#isTranslating) this.#isTranslating = await this.#tables.translates();
    const { family } = this;
    // Sorted, so that equal scopes give equal rules, whatever came first; "all" sorts before ports.
    const scopes = own.toSorted((a, b) => (scopeNameOf(a) < scopeNameOf(b) ? -1 : 1));
    return { ...this.#fixed, family, scopes, isTranslating: this.#isTranslating && hasPorts };
  }

  async #write(layout: ChainLayout, before: SavedFilter): Promise<Result<SavedFilter, string>> {
    let saved = before;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const written = await this.#tables.write(structureInput(layout, saved));
      // Separately, and ignoring failures: rules of other programs may use such a chain.
      const leftover = leftoverInput(layout, saved);
      if (written.ok && leftover !== undefined) await this.#tables.write(leftover);
      const after = await this.#tables.read();
      if (!after.ok) return after;
      saved = after.value;
      if (written.ok && uncoveredChains(layout, saved).length === 0) {
        this.#written = { layout, text: structureText(layout, saved) };
        return ok(saved);
      }
      if (!written.ok && attempt === MAX_ATTEMPTS) return written;
    }
    return fail("another program puts its rules before ours each time");
  }
}

/** Removes everything of ours from the table. */
export async function removeChains(tables: Tables): Promise<Result<undefined, string>> {
  const saved = await tables.read();
  if (!saved.ok) return saved;
  const input = removalInput(saved.value);
  return input === undefined ? ok(undefined) : tables.write(input);
}

function isSameLayout(a: ChainLayout | undefined, b: ChainLayout): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
