/** Examines every line of a log and counts the results. */
import type { PythonRules } from "../../domain/filter-definition.ts";
import type { Fail2banFailure } from "../../fail2ban/dialect/fail2ban-failure.ts";
import type {
  Fail2banMatcher,
  Fail2banRules,
  ReadLine,
} from "../../fail2ban/dialect/fail2ban-matcher.ts";
import { systemClock } from "../../host/system-clock.ts";
import { idOf } from "./format-failure.ts";
import { type Results, type RuleFinding, USUAL_LINES } from "./format-results.ts";
import { createLineTally, type LineFate, type LineTally } from "./line-tally.ts";
import type { RegexOptions } from "./options.ts";
import { forEachLine, type Log } from "./read-log.ts";
import { isUnresolvedName } from "./unresolved-name.ts";

export interface TryRequest {
  readonly options: RegexOptions;
  readonly rules: PythonRules;
  readonly built: Fail2banRules;
  readonly filter: Fail2banMatcher;
  readonly log: Log;
}

export async function tryLines(request: TryRequest): Promise<Results> {
  const { options, rules, built, filter, log } = request;
  const began = performance.now();
  const now = systemClock.now();
  const tally = createMatchTally(request);
  for await (const piece of log.pieces)
    forEachLine(piece, (line, at) =>
      tally.take({ line, ascii: piece.ascii, at, now, undated: "keep" }),
    );
  return {
    options,
    rules,
    ...tally.findings,
    dates: built.dates.tally,
    seconds: (performance.now() - began) / 1000,
    overLimit: filter.overLimit,
  };
}

interface MatchTally {
  take(read: ReadLine): void;
  readonly findings: Pick<
    Results,
    "prefixes" | "prefixGroups" | "failures" | "ignored" | "lines" | "named"
  >;
}

function createMatchTally({ options, rules, filter }: TryRequest): MatchTally {
  const most = (options.maxLines ?? USUAL_LINES) + 1;
  const shown = (which: "none" | "some" | "all"): number =>
    which === "all" ? Number.POSITIVE_INFINITY : which === "some" ? most : 0;
  const lines = createLineTally({
    matched: options.matched === "all" ? Number.POSITIVE_INFINITY : 0,
    missed: shown(options.missed),
    ignored: shown(options.ignored),
  });
  const failures = rules.failregex.map(() => ({ hits: 0, found: new Array<RuleFinding>() }));
  const ignored = rules.ignoreregex.map(() => 0);
  const prefixGroups: ReadonlyMap<string, string | null>[] = [];
  const several = rules.maxlines > 1;
  let prefixes = 0;
  let named = 0;

  function take(read: ReadLine): void {
    const { last } = filter;
    const before = several ? last.waiting : [];
    const all = filter.examine(read);
    const found = all.filter((failure) => !isUnresolvedName(failure, options));
    if (found.length === 0 && all.length > 0) named++;
    count(found);
    for (const number of last.ignoredBy) ignored[number] = (ignored[number] ?? 0) + 1;
    if (last.prefixMatched && prefixes++ < most && options.verbose > 0) {
      const said = [...(last.prefix ?? [])].map(([name, value]) => [name, value ?? null] as const);
      prefixGroups.push(new Map(said));
    }
    if (several) redeem(lines, { before, after: last.waiting, most: rules.maxlines });
    lines.add(fateOf(found, last.ignoredBy), read.line);
  }

  function count(found: readonly Fail2banFailure[]): void {
    let failuresOfLine = 0;
    for (const failure of found) {
      const finding = failures[failure.rule];
      if (finding === undefined) continue;
      finding.hits++;
      const several = failuresOfLine > 1;
      if (!isContext(failure)) failuresOfLine++;
      if (options.verbose > 0) {
        const id = failure.id === undefined ? "None" : idOf(failure);
        finding.found.push({ id, at: failure.at, several });
      }
    }
  }

  return {
    take,
    get findings() {
      return { prefixes, prefixGroups, failures, ignored, lines, named };
    },
  };
}

function isContext({ groups }: Fail2banFailure): boolean {
  return Boolean(groups.get("nofail"));
}

function fateOf(found: readonly Fail2banFailure[], ignoredBy: readonly number[]): LineFate {
  if (ignoredBy.length > 0 || found.some(isContext)) return "ignored";
  return found.length > 0 ? "matched" : "missed";
}

interface Window {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly most: number;
}

/** Counts the lines that a match removed from the window as matched. A full window also drops its oldest line, which counts as before. */
function redeem(lines: LineTally, { before, after, most }: Window): void {
  for (const line of before.slice(before.length >= most ? 1 : 0))
    if (!after.includes(line)) lines.redeem(line);
}
