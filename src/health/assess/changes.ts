/** Selects the most useful changes for this host, with or without bailiff. */
import type { Candidate, Change } from "./change.ts";
import { bailiffChanges } from "./bailiff-changes.ts";
import { doorChanges } from "./door-changes.ts";
import type { Grounds, Judgment } from "./judge.ts";
import { logChanges } from "./log-changes.ts";
import { reachChanges } from "./reach-changes.ts";

const MAX_CHANGES = 3;

export function mostUsefulChanges(grounds: Grounds, judgment: Judgment): readonly Change[] {
  const all: readonly Candidate[] = [
    ...doorChanges(grounds),
    ...reachChanges(grounds),
    ...logChanges(grounds.facts),
    ...bailiffChanges(grounds, judgment),
  ];
  return all
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, MAX_CHANGES)
    .map(({ what, why, how }) => ({ what, why, how }));
}
