/**
 * An evidence scope names what evidence about a jail was gathered from: its filter, source and ports. Evidence from
 * another scope, before a reload, a move or a restart, says nothing about the present jail. Scopes compare as strings.
 */
import { createHash } from "node:crypto";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

const hashes = new WeakMap<FilterDefinition, string>();

/**
 * The scope of evidence about lines: which filter reads which source. Rules that an operator adds to a filter leave it the
 * same, since they come after those of the filter and change none of them.
 */
export function lineScope(live: Pick<LiveJail, "definition" | "search">): string {
  return `${filterHash(live.definition)} ${shorten(JSON.stringify(live.search.source ?? null))}`;
}

/** The scope of end-to-end evidence: also what counts, and what a ban closes. */
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

/** 64 bits suffice: collisions are improbable, and forging one gains nothing. */
function shorten(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
