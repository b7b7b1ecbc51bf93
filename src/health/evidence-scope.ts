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

/** The parts of the scope of end-to-end evidence, in order. */
const JAIL_PARTS = ["filter", "source", "mode", "ports", "enforcer", "added rules"];

/** Returns the scope of end-to-end evidence, with a word for each of JAIL_PARTS. */
export function jailScope(live: LiveJail): string {
  const { mode, ports, enforcer } = live.jail.config;
  const added = live.definition.rules.filter(({ location }) => location !== undefined);
  const others = [mode, ports, enforcer, added].map((part) => shorten(JSON.stringify(part)));
  return [lineScope(live), ...others].join(" ");
}

/** Names the parts in which two scopes of a jail differ: "enforcer", "filter, source and ports". */
export function describeScopeChange(before: string, now: string): string {
  const [former, present] = [before.split(" "), now.split(" ")];
  const changed = JAIL_PARTS.filter((_, i) => former[i] !== present[i]);
  const last = changed.at(-1) ?? "configuration";
  return changed.length < 2 ? last : `${changed.slice(0, -1).join(", ")} and ${last}`;
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
