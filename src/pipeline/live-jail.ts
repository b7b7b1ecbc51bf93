import type { Jail } from "../jails/jail.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import type { SourceSearch } from "./sources/find-sources.ts";

/** A jail of the current configuration, with its source or the result of the search for it. */
export interface LiveJail extends CompiledJail {
  readonly search: SourceSearch;
}

/** Returns whether the jail reads the log of a container, which changes with each new container. */
export function isInContainer({ config }: Jail): boolean {
  return config.source.kind === "container";
}
