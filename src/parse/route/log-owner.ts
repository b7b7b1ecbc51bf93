import type { LineFields } from "../../domain/line-batch.ts";
import { type IndexedFilter, type RuleIndex, createRuleIndex } from "./rule-index.ts";

/** A filter for which the source was configured. */
export class LogOwner {
  readonly entry: number;
  readonly owns: (fields: LineFields | undefined) => boolean;
  readonly #filter: IndexedFilter;
  #index: RuleIndex | undefined;

  constructor(filter: IndexedFilter, owns: LogOwner["owns"]) {
    this.entry = filter.entry;
    this.owns = owns;
    this.#filter = filter;
  }

  /** Created for the first line that names another program, because most logs have none. */
  get index(): RuleIndex {
    this.#index ??= createRuleIndex([this.#filter]);
    return this.#index;
  }
}
