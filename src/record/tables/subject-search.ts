/**
 * Builds searches for rows whose subject shares an address with another. These are subjects that begin inside its range
 * (by the `low` column), and the wider networks around it (by their names, at most 128).
 */
import { maskIp, type Subject, splitSubject } from "../../domain/cidr.ts";
import { rangeColumns } from "./columns.ts";

/** SQL condition over `low` and `subject`; takes the three values of `overlapValues` in order. */
export const OVERLAPS = "(low BETWEEN ? AND ? OR subject IN (SELECT value FROM json_each(?)))";

/** SQL condition over `subject` alone, for the subject and the networks around it; takes `containerNames`. */
export const CONTAINS = "subject IN (SELECT value FROM json_each(?))";

/** Returns the three values. `lengths`: prefix lengths that networks may have; default: all. */
export function overlapValues(
  subject: Subject,
  lengths: Iterable<number> = EVERY_LENGTH,
): readonly [string, string, string] {
  const { first, last } = rangeColumns(subject);
  return [first, last, containerNames(subject, lengths)];
}

export function containerNames(subject: Subject, lengths: Iterable<number> = EVERY_LENGTH): string {
  const { ip, prefix } = splitSubject(subject);
  const names: Subject[] = [subject];
  for (const bits of lengths) if (bits < prefix) names.push(maskIp(ip, bits));
  return JSON.stringify(names);
}

const EVERY_LENGTH: readonly number[] = Array.from({ length: 128 }, (_, bits) => bits);
