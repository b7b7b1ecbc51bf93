import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import type { ReportFacts } from "./report-facts.ts";

/** Describes what an address did: "5 failed attempts (ssh) from 2026-11-23T12:00:01Z to 2026-11-23T12:00:20Z". */
export function describeAttempts({ failures, port, times }: ReportFacts): string {
  const [first] = times;
  const service = port === undefined ? "" : ` (${port})`;
  const time = (at: typeof first): string => formatInstant(at).replace(/\.\d+Z$/, "Z");
  const last = times.at(-1) ?? first;
  const when =
    time(first) === time(last) ? `at ${time(first)}` : `from ${time(first)} to ${time(last)}`;
  return `${amount(failures, "failed attempt")}${service} ${when}, reported automatically by bailiff`;
}
