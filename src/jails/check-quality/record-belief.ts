/** What the rules of a filter believe of the records in a forged log. */
import type { SampleDefinition } from "../../domain/filter-definition.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { victimLike } from "../../parse/pattern/forge.ts";
import { createLinesRouter } from "./route-lines.ts";

/** Maximum number of samples that are copied into each text. */
const MAX_COPIES = 12;

/** Returns a sample of each rule that reads an address, which is the victim's. */
export function recordsOf(samples: readonly SampleDefinition[]): readonly string[] {
  const byRule = new Map(
    samples.flatMap(({ line, expect }) => {
      if (expect.kind === "none" || expect.ip === undefined) return [];
      return [[expect.rule, line.replaceAll(expect.ip, victimLike(expect.ip))] as const];
    }),
  );
  return [...byRule.values()].slice(0, MAX_COPIES);
}

/** Returns what a rule believes about the victim in the records of a log. `join`: joins its complete lines. */
export function createBelief(
  filter: Filter,
  join: (log: string) => Pick<LineBatch, "text" | "records">,
): (log: string) => string | undefined {
  const route = createLinesRouter([filter]);
  return (log) => {
    const { text, records = [] } = join(`${log}\n`);
    const whole = text.split("\n").filter((_, i) => records[i]?.begins === true);
    const [matches = []] = route(whole).matches;
    const [claim] = matches.flatMap((match) => {
      const { kind = "neutral", rule, ip } = match ?? {};
      if (kind === "neutral" || ip === undefined || ip !== victimLike(ip)) return [];
      return [`${kind} of ${ip} by rule "${rule}"`];
    });
    return claim;
  };
}
