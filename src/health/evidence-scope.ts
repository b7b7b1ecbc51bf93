/**
 * Names what evidence about a jail was gathered from: its filter, source and ports. Evidence from another scope, before
 * a reload, a move or a restart, is invalid for the present jail. Scopes compare as strings.
 */
import { createHash } from "node:crypto";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

const hashes = new WeakMap<FilterDefinition, string>();

/**
 * Returns the scope of evidence about lines: the filter and its source. Rules that an administrator adds do not change
 * it, because they come after those of the filter.
 */
export function lineScope(live: LiveJail): string {
  const { source } = live.jail.config;
  // A re-created container is the same service.
  const place = source.kind === "container" ? source : (live.search.source ?? null);
  return `${filterHash(live.definition)} ${shorten(JSON.stringify(place))}`;
}

/** Returns the scope of end-to-end evidence: filter, source, mode, ports and enforcer. */
export function jailScope(live: LiveJail): string {
  const { mode, ports, enforcer } = live.jail.config;
  const added = live.definition.rules.filter(({ location }) => location !== undefined);
  return shorten(`${lineScope(live)} ${JSON.stringify([mode, ports, enforcer, added])}`);
}

function filterHash(definition: FilterDefinition): string {
  return hashes.getOrInsertComputed(definition, ({ name, path, programs, rules, python }) => {
    const own = rules.filter(({ location }) => location === undefined);
    return shorten(JSON.stringify([name, path, programs, own, python ?? null]));
  });
}

/** Hashes to 64 bits: collisions are improbable, and forging one gains nothing. */
function shorten(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
