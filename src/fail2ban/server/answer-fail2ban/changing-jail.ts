import type { JailConfig } from "../../../config/config.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import type { FoundSource } from "../../../pipeline/sources/source-plan.ts";
import type { Texts } from "./texts.ts";

export interface ChangedJail {
  readonly config: JailConfig;
  readonly definition: FilterDefinition;
  /** Options that clients set over the socket and that have no effect except in answers. */
  readonly overrides: Texts;
}

export interface ChangingJail extends ChangedJail {
  /** All options as written, including `overrides`. */
  readonly texts: Texts;
  /** The source that the jail reads now. */
  readonly source: FoundSource | undefined;
}
