import type { JailConfig } from "../../../config/config.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import type { FoundSource } from "../../../pipeline/sources/source-plan.ts";
import type { Texts } from "./texts.ts";

export interface ChangedJail {
  readonly config: JailConfig;
  readonly definition: FilterDefinition;
  /** Options set over the socket that are only stored. */
  readonly said: Texts;
}

export interface ChangingJail extends ChangedJail {
  /** All options as written, including `said`. */
  readonly texts: Texts;
  /** Its present source. */
  readonly source: FoundSource | undefined;
}
