import type { LineFields } from "../../domain/line-batch.ts";
import { type IndexedFilter, RuleIndex } from "./rule-index.ts";
import type { RuleLiterals } from "./rule-literals.ts";

/** A filter for which the source was configured. */
export class LogOwner {
  readonly entry: number;
  readonly owns: (fields: LineFields | undefined) => boolean;
  readonly #filter: IndexedFilter;
  readonly #literals: RuleLiterals;
  #index: RuleIndex | undefined;

  constructor(filter: IndexedFilter, literals: RuleLiterals, owns: LogOwner["owns"]) {
    this.entry = filter.entry;
    this.owns = owns;
    this.#filter = filter;
    this.#literals = literals;
  }

  /** Created for the first line that names another program, because most logs have none. */
  get index(): RuleIndex {
    this.#index ??= new RuleIndex([this.#filter], this.#literals);
    return this.#index;
  }
}
