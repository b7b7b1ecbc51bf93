import type { CompiledJail } from "../jails/compile-jails.ts";
import type { SourceSearch } from "./sources/find-sources.ts";

/** A jail of the current configuration, with its source, or with where that was searched for in vain. */
export interface LiveJail extends CompiledJail {
  readonly search: SourceSearch;
}
