/**
 * Names what evidence about a jail was gathered from: its filter, its source and its ports. Evidence that was gathered
 * from something else, before a reload, a move or a restart, says nothing about the present jail. Texts that compare
 * and store as strings.
 */
import { createHash } from "node:crypto";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

const hashes = new WeakMap<FilterDefinition, string>();

/**
 * For what is known about lines: which filter reads which source. Rules that an operator adds to a filter leave it the
 * same, since they come after those of the filter and change none of them.
 */
export function lineScope(live: Pick<LiveJail, "definition" | "search">): string {
  return `${filterHash(live.definition)} ${shorten(JSON.stringify(live.search.source ?? null))}`;
}

/** For what is known from end to end: also what counts, and what a ban closes. */
export function jailScope(live: LiveJail): string {
  const { mode, ports, enforcer } = live.jail.config;
  const added = live.definition.rules.filter(({ place }) => place !== undefined);
  return shorten(`${lineScope(live)} ${JSON.stringify([mode, ports, enforcer, added])}`);
}

function filterHash(definition: FilterDefinition): string {
  const known = hashes.get(definition);
  if (known !== undefined) return known;
  const { name, path, programs, rules, python } = definition;
  const own = rules.filter(({ place }) => place === undefined);
  const hash = shorten(JSON.stringify([name, path, programs, own, python ?? null]));
  hashes.set(definition, hash);
  return hash;
}

/** 64 bits: chance makes no two scopes of a host equal, and nobody gains by making them so. */
function shorten(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
