import type { CompiledJail } from "../jails/compile-jails.ts";
import type { SourceSearch } from "./sources/find-sources.ts";

/** A jail of the present configuration, with where its lines come from, or where they were looked for in vain. */
export interface LiveJail extends CompiledJail {
  readonly search: SourceSearch;
}
