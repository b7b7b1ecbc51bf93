import type { CompiledJail } from "../jails/compile-jails.ts";
import type { SourceSearch } from "./sources/find-sources.ts";

/** A jail of the current configuration, with its source or the result of the search for it. */
export interface LiveJail extends CompiledJail {
  readonly search: SourceSearch;
}
