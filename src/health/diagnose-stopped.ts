/** Diagnoses this host while no daemon runs: whether it would start, and find its logs. */
import { enabledJails } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { formatProblem } from "../domain/problem.ts";
import { BY_HAND_ONLY } from "../jails/by-hand.ts";
import { compileJails } from "../jails/compile-jails.ts";
import {
  describeLooked,
  describeSearch,
  describeWaiting,
} from "../pipeline/sources/describe-search.ts";
import { JOURNAL } from "../source/find-log-source.ts";
import { findSource } from "../pipeline/sources/find-sources.ts";
import { loadAll, type WhichConfig } from "../jails/load-all.ts";
import type { ReadSource } from "../pipeline/sources/source-plan.ts";
import { describeJournal } from "../source/journal/journal-source.ts";

export interface StoppedLink {
  readonly what: string;
  readonly good: boolean;
  /** Whether nothing is wrong, but there is no log to read yet. */
  readonly waiting: boolean;
  readonly evidence: string;
  readonly fix: string | undefined;
}

function isUsed(source: ReadSource, where: string): boolean {
  return source.kind === "journal"
    ? where === JOURNAL
    : source.kind === "file" && source.files.includes(where);
}

function nameSource(source: ReadSource): string {
  switch (source.kind) {
    case "file":
      return source.files.join(", ");
    case "journal":
      return describeJournal(source);
    case "command":
      return `the output of ${source.argv.join(" ")}`;
    case "stdin":
      return "standard input";
  }
}

export async function diagnoseStopped(
  which: WhichConfig,
  clock: Clock,
): Promise<readonly StoppedLink[]> {
  const loaded = await loadAll(which);
  if (!loaded.ok)
    return loaded.error.map((problem) => ({
      what: "configuration",
      good: false,
      waiting: false,
      evidence: formatProblem(problem),
      fix: "fix it, then: bailiff check",
    }));
  const { config } = loaded.value;
  const files = config.files.join(", ") || "no configuration file; built-in defaults";
  const { jails } = compileJails(enabledJails(config), loaded.value, []);
  const searches = await Promise.all(
    jails.map(async ({ jail, definition }): Promise<StoppedLink> => {
      const { containers } = config;
      const search = await findSource({ jail, definition, containers }, clock);
      const what = `${jail.name}: log`;
      if (search.fault !== undefined) {
        const { evidence, fix } = search.fault;
        return { what, good: false, waiting: false, evidence, fix };
      }
      if (search.source === undefined) {
        const fix = `set its log: [jails.${jail.name}] source = { file = ["/path/to/log"] }`;
        const waiting = config.builtIn.includes(jail.name);
        const evidence = waiting ? describeWaiting(search) : describeSearch(search);
        return { what, good: waiting, waiting, evidence, fix };
      }
      if (search.source.kind === "none") {
        return { what, good: true, waiting: false, evidence: BY_HAND_ONLY, fix: undefined };
      }
      const { source } = search;
      const found = search.looked.filter(({ where }) => !isUsed(source, where));
      const others = found.length === 0 ? "" : `; not used: ${describeLooked(found)}`;
      const evidence = `would read ${nameSource(search.source)}${others}`;
      return { what, good: true, waiting: false, evidence, fix: undefined };
    }),
  );
  const configuration = { what: "configuration", good: true, waiting: false };
  return [{ ...configuration, evidence: files, fix: undefined }, ...searches];
}
