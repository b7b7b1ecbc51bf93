/** Finds patterns of a filter without a sample, and kinds of lines without one. */
import type {
  FilterDefinition,
  RuleDefinition,
  SampleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import type { CompiledRule } from "../../parse/filter/compiled-rule.ts";
import { routeLines } from "./route-lines.ts";
import { ruleProblem } from "./rule-problem.ts";
import { messageOf } from "./sample-message.ts";

export function findMissingSamples(
  definition: FilterDefinition,
  filter: Filter,
): readonly Problem[] {
  return [...unexercised(definition, filter), ...missingKinds(definition)];
}

/** Finds patterns that no sample of their rule matches. */
function unexercised(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const alone = filter.rules.map((rule): Filter => ({ ...filter, rules: [rule], recordRules: [] }));
  const { matches } = routeLines(
    alone,
    samples.map(({ line }) => line),
  );
  const isExercised = (rule: CompiledRule): boolean =>
    samples.some(
      ({ expect }, i) =>
        expect.kind === "rule" &&
        expect.rule === rule.id &&
        matches[filter.rules.indexOf(rule)]?.[i] !== undefined,
    );
  return rules.flatMap((rule): readonly Problem[] => {
    const compiled = filter.rules.filter(({ id }) => id === rule.id);
    const missing = compiled.flatMap((one, i) => (isExercised(one) ? [] : [i]));
    const isShown = samples.some(({ expect }) => expect.kind === "rule" && expect.rule === rule.id);
    if (missing.length === 0 && isShown) return [];
    return [
      ruleProblem(definition, rule, {
        got: `no sample of ${describePatterns(rule, missing)}`,
        expected: `a [[sample]] of it, with expect = { rule = "${rule.id}", … }`,
      }),
    ];
  });
}

function describePatterns({ id, recognize }: RuleDefinition, missing: readonly number[]): string {
  if (recognize.kind !== "line" || recognize.patterns.length < 2) return `rule "${id}"`;
  const patterns = missing.map((i) => JSON.stringify(recognize.patterns[i]));
  return `rule "${id}" for ${patterns.join(" and ")}`;
}

/** Finds kinds of samples that every filter must have. `lacks` names kinds that the service never writes. */
function missingKinds(definition: FilterDefinition): readonly Problem[] {
  const { path, rules, samples, lacks = [] } = definition;
  const isOf = ({ expect }: SampleDefinition, ...kinds: readonly RuleDefinition["is"][]): boolean =>
    expect.kind === "rule" && rules.some(({ id, is }) => id === expect.rule && kinds.includes(is));
  const failures = samples.filter((sample) => isOf(sample, "failure"));
  const quiet = samples.filter(({ expect }) => expect.kind === "none");
  const harmless = [...quiet, ...samples.filter((sample) => isOf(sample, "neutral", "pending"))];
  const users = failures.flatMap(({ expect }) =>
    expect.kind === "rule" ? expect.user : undefined,
  );
  const wanted = [
    {
      missing: failures.length === 0,
      got: "no sample of a failure",
      expected: 'a [[sample]] of a failed attempt: its expect names a rule with is = "failure"',
    },
    {
      missing: !lacks.includes("success") && !samples.some((sample) => isOf(sample, "success")),
      got: "no sample of a successful login",
      expected: `a rule with is = "success" and its [[sample]], or lacks = ["success"] if the service logs no successful login`,
    },
    {
      missing: harmless.length === 0,
      got: "no sample of a harmless line",
      expected: `a [[sample]] of another line of the service, with expect = "none" (or a neutral rule)`,
    },
    {
      missing: !harmless.some(({ line }) => isLookAlike(line, failures)),
      got: "no sample of a harmless line that resembles a failure",
      expected: `a [[sample]] of a harmless line that contains at least half of the words of a failure's sample, with expect = "none" (or a neutral rule)`,
    },
    {
      missing:
        !lacks.includes("ipv6") &&
        !failures.some(({ expect }) => expect.kind === "rule" && expect.ip?.includes(":") === true),
      got: "no sample of a failure from an IPv6 address",
      expected: `a [[sample]] with an address such as 2001:db8::7, or lacks = ["ipv6"] if the service logs none`,
    },
    {
      missing:
        !lacks.includes("unusual-user") &&
        users.some((user) => user !== undefined) &&
        !users.some((user) => user !== undefined && /[^\w.@+-]/.test(user)),
      got: "no sample of a failure with an unusual user name",
      expected: `a [[sample]] with a user name that contains a blank, a quote, "x from 192.0.2.9" or non-ASCII letters, or lacks = ["unusual-user"] if the service logs none`,
    },
  ];
  return wanted.flatMap(({ missing, got, expected }) => (missing ? [{ path, got, expected }] : []));
}

/** Reports whether a line has at least half of the words of some failure's line. */
function isLookAlike(line: string, failures: readonly SampleDefinition[]): boolean {
  const words = wordsOf(line);
  return failures.some((failure) => {
    const own = wordsOf(failure.line);
    const shared = [...own].filter((word) => words.has(word)).length;
    return own.size > 0 && shared * 2 >= own.size;
  });
}

function wordsOf(line: string): ReadonlySet<string> {
  return new Set(
    messageOf(line)
      .match(/[a-z]{2,}/gi)
      ?.map((word) => word.toLowerCase()) ?? [],
  );
}
