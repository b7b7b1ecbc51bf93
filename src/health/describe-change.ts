import { formatPart } from "../domain/format-part.ts";
import { formatInstant } from "../domain/instant.ts";
import type { DriftFacts } from "./program-drift.ts";

/**
 * Returns, for example, "openssh-server changed from 1:9.2 to 1:9.9 on …: since then 31% of its lines are not
 * recognized, 2% before".
 */
export function changeOf({ change }: Pick<DriftFacts, "change">): readonly string[] {
  if (change === undefined) return [];
  const { from, to, path, at, before, since } = change;
  const lines = since.known + since.unknown;
  const versions = from === undefined || to === undefined ? "" : ` from ${from} to ${to}`;
  const after =
    lines === 0
      ? ""
      : `: since then ${formatPart(since.unknown / lines)} of its ${lines} lines are not recognized, ${formatPart(before.unknown)} before`;
  return [`${path} changed${versions}, seen ${formatInstant(at)}${after}`];
}
