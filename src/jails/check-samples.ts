/** Runs a filter's samples through the daemon's router and attempt counter. */
import { createAttemptCounter } from "../detect/attempts.ts";
import type {
  FilterDefinition,
  FilterMode,
  SampleDefinition,
  SampleExpectation,
} from "../domain/filter-definition.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import type { MatchKind } from "../domain/match.ts";
import type { Problem } from "../domain/problem.ts";
import { didYouMean, expectChoice } from "../domain/did-you-mean.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { recordStartOf } from "../parse/filter/record-start.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { LineRouter } from "../parse/route/line-sink.ts";
import { sampleBatch } from "../parse/route/sample-batch.ts";
import { explainJoining } from "../parse/filter/explain-joining.ts";
import type { CompileAnyFilter } from "./compile-any-filter.ts";

/** What the daemon reads from a sample's line. */
export interface SampleOutcome {
  readonly kind: MatchKind;
  readonly rule: string;
  readonly ip: string | undefined;
  readonly user: string | undefined;
  readonly counts: number;
  readonly forwarded?: string | undefined;
  /** Whether the line has a time that can be read. */
  readonly isTimed: boolean;
}

/** Routes one line as a separate session; returns undefined if no rule recognizes it. */
function takeSample(router: LineRouter, filter: Filter, line: string): SampleOutcome | undefined {
  const attempts = createAttemptCounter();
  let outcome: SampleOutcome | undefined;
  router.route(sampleBatch([line], [filter]), NOW, {
    matched(_entry, match) {
      const { ip, user, counts } = attempts.observe(match);
      outcome ??= {
        ...{ kind: match.kind, rule: match.rule, counts },
        ip: ip ?? match.host,
        isTimed: match.isTimed,
        user: match.user ?? user,
      };
    },
    unrecognized() {},
  });
  return outcome;
}

/** Returns a problem for each sample with another result than expected. */
export function checkSamples(
  definition: FilterDefinition,
  compile: CompileAnyFilter,
): readonly Problem[] {
  if (definition.samples.length === 0) return [];
  const unfit = [...unknownRules(definition), ...unjoinedSamples(definition)];
  return unfit.length > 0 ? unfit : failingSamples(definition, compile);
}

/** Finds samples of several lines although the filter reads each line by itself. */
function unjoinedSamples(definition: FilterDefinition): readonly Problem[] {
  const { path, samples } = definition;
  if (recordStartOf(definition) !== undefined) return [];
  return samples.flatMap(({ line, location }, i): readonly Problem[] => {
    if (!line.includes("\n")) return [];
    const at = location ?? { path, key: `sample.${i}` };
    return [
      {
        ...{ path: at.path, key: `${at.key}.line` },
        got: "a line break",
        expected: "one line, because the filter has no begins",
        hint: "state begins to join the lines of a file; write a blank for a line break in the journal",
      },
    ];
  });
}

/** Finds samples that expect a rule that the filter lacks. Rules of Python expressions have no ids to compare. */
function unknownRules({ path, rules, samples, python }: FilterDefinition): readonly Problem[] {
  if (python !== undefined) return [];
  const ids = rules.map(({ id }) => id);
  return samples.flatMap(({ expect, location }, i): readonly Problem[] => {
    if (expect.kind === "none" || ids.includes(expect.rule)) return [];
    const at = location ?? { path, key: `sample.${i}` };
    const near = didYouMean(expect.rule, ids);
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    const choices = [...ids.slice(0, SHOWN_IDS), ...(ids.length > SHOWN_IDS ? ["…"] : [])];
    return [
      {
        ...{ path: at.path, key: `${at.key}.expect.rule` },
        got: `"${expect.rule}", a rule that the filter does not have`,
        expected: expectChoice("a rule of this filter", { choices, hint }),
        ...(hint === undefined ? {} : { hint }),
      },
    ];
  });
}

const SHOWN_IDS = 12;

function failingSamples(
  definition: FilterDefinition,
  compile: CompileAnyFilter,
): readonly Problem[] {
  const routers = new Map<FilterMode, LineRouter>();
  const filters = new Map<FilterMode, Filter>();
  for (const mode of new Set(definition.samples.map((sample) => sample.mode))) {
    const filter = compile(definition, mode);
    // A pattern that does not compile is reported separately.
    if (!filter.ok) return [];
    filters.set(mode, filter.value);
    routers.set(
      mode,
      createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0),
    );
  }
  return definition.samples.flatMap((sample, i): readonly Problem[] => {
    const router = routers.get(sample.mode);
    const filter = filters.get(sample.mode);
    const taken = router && filter && takeSample(router, filter, sample.line);
    const got = taken && { ...taken, ...forwardedIn(sample, filter) };
    const { path, key } = sample.location ?? { path: definition.path, key: `sample.${i}` };
    if (got?.isTimed === false && definition.time_format !== undefined)
      return [unstamped(path, `${key}.line`, definition.time_format)];
    if (isExpected(got, sample, definition)) return [];
    const { begins } = definition;
    const unjoined =
      got === undefined &&
      begins !== undefined &&
      filter?.begins &&
      explainJoining(sample.line, begins, filter.begins);
    if (unjoined) return [{ path, key: `${key}.line`, ...unjoined }];
    const line = `"${sample.line.slice(0, MAX_SHOWN_LENGTH)}${sample.line.length > MAX_SHOWN_LENGTH ? "…" : ""}"`;
    return [
      {
        ...{ path, key: `${key}.expect`, expected: `${describeExpectation(sample.expect)}` },
        got: `${describeOutcome(got)} for the sample ${line}`,
        hint: hintOf(got, sample, definition),
      },
    ];
  });
}

function unstamped(path: string, key: string, format: string): Problem {
  const expected = `a time like ${JSON.stringify(format)}`;
  const hint =
    "write the sample as the service writes the line, with its time, or correct time_format";
  return { path, key, got: "a sample without a time in the form of time_format", expected, hint };
}

/** Returns the forwarded address, only for samples that expect one: other lines may contain similar text. */
function forwardedIn(
  { line, expect }: SampleDefinition,
  filter: Filter | undefined,
): Pick<SampleOutcome, "forwarded"> {
  const isExpecting = expect.kind === "rule" && expect.forwarded !== undefined;
  return isExpecting ? { forwarded: filter?.forwarded?.(line) } : {};
}

/** Later than the time of any sample, so that no line is in the future. */
const NOW = instant(Date.parse("2100-01-01T00:00:00Z"));
const MAX_SHOWN_LENGTH = 160;

function isExpected(
  got: SampleOutcome | undefined,
  { expect, location }: SampleDefinition,
  { rules }: FilterDefinition,
): boolean {
  if (expect.kind === "none" || got === undefined)
    return expect.kind === "none" && got === undefined;
  // A sample of an overlay also passes if another rule now recognizes its line: an upgrade may have added that rule to
  // the shipped filter.
  const added = (id: string): boolean =>
    rules.some((rule) => rule.id === id && rule.location !== undefined);
  const grown = location !== undefined && added(expect.rule) && !added(got.rule);
  return (
    (got.rule === expect.rule || grown) &&
    (expect.ip === undefined || normal(expect.ip) === normal(got.ip ?? "")) &&
    (expect.user === undefined || expect.user === (got.user ?? "")) &&
    (expect.counts === undefined || expect.counts === got.counts) &&
    (expect.forwarded === undefined || expect.forwarded === got.forwarded)
  );
}

function normal(address: string): string {
  return parseIp(address) ?? address;
}

function describeExpectation(expect: SampleExpectation): string {
  if (expect.kind === "none") return "no rule to match";
  return describeFacts(expect);
}

function describeOutcome(got: SampleOutcome | undefined): string {
  return got === undefined ? "no matching rule" : describeFacts(got);
}

function describeFacts(facts: {
  readonly rule: string;
  readonly ip: string | undefined;
  readonly user: string | undefined;
  readonly counts: number | undefined;
  readonly forwarded?: string | undefined;
}): string {
  const { rule, ip, user, counts, forwarded } = facts;
  return [
    `rule "${rule}"`,
    ...(ip === undefined ? [] : [`ip ${ip}`]),
    ...(user === undefined ? [] : [`user "${user}"`]),
    ...(counts === undefined ? [] : [`counts ${counts}`]),
    ...(forwarded === undefined ? [] : [`forwarded "${forwarded}"`]),
  ].join(", ");
}

function hintOf(
  got: SampleOutcome | undefined,
  { expect, line }: SampleDefinition,
  { begins }: FilterDefinition,
): string {
  if (got === undefined && line.includes("\n") && begins !== undefined)
    return "compare the lines with the rule's pattern: each line break is one blank in it, and the indentation of the next line stays";
  if (got === undefined) return "compare the line with the rule's pattern, character by character";
  if (expect.kind === "none") return "make the rule's pattern narrower";
  return "correct the rule, or what the sample expects";
}
