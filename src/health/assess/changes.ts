/** What would help this host most, bailiff or not: of every change that fits what was seen, the most useful. */
import type { Candidate, Change } from "./change.ts";
import { bailiffChanges } from "./bailiff-changes.ts";
import { doorChanges } from "./door-changes.ts";
import type { Grounds, Judgment } from "./judge.ts";
import { logChanges } from "./log-changes.ts";
import { reachChanges } from "./reach-changes.ts";

const MOST = 3;

export function mostUsefulChanges(grounds: Grounds, judgment: Judgment): readonly Change[] {
  const all: readonly Candidate[] = [
    ...doorChanges(grounds),
    ...reachChanges(grounds),
    ...logChanges(grounds.facts),
    ...bailiffChanges(grounds, judgment),
  ];
  return all
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, MOST)
    .map(({ what, why, how }) => ({ what, why, how }));
}
