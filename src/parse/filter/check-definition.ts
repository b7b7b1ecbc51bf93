/**
 * Finds problems in a filter whose values have the right types: impossible paths, journal matches that match nothing,
 * settings without meaning in their rule, failures without an address. Reports all of them.
 */
import {
  type FilterDefinition,
  patternsOf,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { isProgramGlob } from "../../domain/program-glob.ts";
import { explainExpression } from "./explain-dialect.ts";
import { type PatternPart, parsePattern } from "../pattern/pattern.ts";

type Listed = Pick<FilterDefinition, "path" | "programs" | "journal" | "files">;

export function checkLists({ path, programs, journal, files }: Listed): readonly Problem[] {
  const wrongFiles = files.flatMap((file, i): readonly Problem[] =>
    file.startsWith("/")
      ? []
      : [
          {
            path,
            key: `files.${i}`,
            got: JSON.stringify(file),
            expected: "an absolute path",
            hint: 'as in files = ["/var/log/myapp.log"]',
          },
        ],
  );
  // journalctl(1): FIELD=value, where a field is capital letters, digits and underscores.
  const wrongMatches = journal.flatMap((match, i): readonly Problem[] =>
    match.trim() !== "" &&
    match
      .trim()
      .split(/ +/)
      .every((one) => /^[A-Z0-9_]+=./.test(one))
      ? []
      : [
          {
            path,
            key: `journal.${i}`,
            got: JSON.stringify(match),
            expected: "FIELD=value, several with a blank between",
            hint: 'as in journal = ["_SYSTEMD_UNIT=myapp.service"]',
          },
        ],
  );
  return [...wrongPrograms(programs, path), ...wrongFiles, ...wrongMatches];
}

/**
 * Rejects a glob as the first program. The first name represents the service in reports, and is the tag of the
 * self-test's lines.
 */
function wrongPrograms([first, ...others]: readonly string[], path: string): readonly Problem[] {
  if (first === undefined || !isProgramGlob(first)) return [];
  return [
    {
      ...{ path, key: "programs.0", got: JSON.stringify(first) },
      expected: "a name without * first",
      hint: `as in programs = ["postfix/smtpd", ${JSON.stringify(first)}${others.length > 0 ? ", …" : ""}]`,
    },
  ];
}

type StatedForms = Pick<FilterDefinition, "path" | "begins" | "columns" | "columns_by_name"> & {
  readonly python: unknown;
};

/** Reports settings about the form of lines that something else contradicts or must complete. */
export function checkForms({
  path,
  begins,
  columns,
  columns_by_name: byName,
  python,
}: StatedForms): readonly Problem[] {
  const problems: Problem[] = [];
  if (begins !== undefined && python !== undefined) {
    const got = "begins for a [python] table";
    problems.push({ path, key: "begins", got, expected: "maxlines in that table" });
  }
  if (begins !== undefined && columns !== undefined) {
    problems.push({
      path,
      key: "begins",
      got: "begins beside columns",
      expected: "one of the two",
      hint: "remove begins: a row of CSV continues in the next line only while a quote is open, and a W3C log has no such rows",
    });
  }
  if (byName === true && columns === undefined) {
    const expected = "columns = [ … ] beside it, with the names that rules use";
    problems.push({
      path,
      key: "columns_by_name",
      got: "columns_by_name without columns",
      expected,
    });
  }
  return problems;
}

export function duplicateIds(
  rules: readonly Pick<RuleDefinition, "id">[],
  path: string,
): readonly Problem[] {
  const seen = new Set<string>();
  return rules.flatMap(({ id }, i) => {
    const again = seen.has(id);
    seen.add(id);
    const problem = {
      path,
      key: `rule.${i}.id`,
      got: `"${id}" a second time`,
      expected: "a unique id",
    };
    return again ? [problem] : [];
  });
}

/** Reports failures without an address. `rules`: all rules, including those of the extended filter. */
export function checkAddresses(rules: readonly RuleDefinition[], path: string): readonly Problem[] {
  if (rules.some(namesPeer)) return [];
  return rules.flatMap((rule, i): readonly Problem[] => {
    if (rule.is !== "failure") return [];
    const place = rule.location ?? { path, key: `rule.${i}` };
    return [
      {
        ...place,
        got: `rule "${rule.id}", a failure without an address`,
        expected: "{ip} in it, or in another rule about the same session",
        hint: "without an address nothing can be counted",
      },
    ];
  });
}

/** Returns whether a rule names a peer. An unparsable pattern is reported separately, so it counts as naming one. */
function namesPeer({ recognize }: RuleDefinition): boolean {
  switch (recognize.kind) {
    case "regex":
      return (
        /\(\?<(?:ip|host)>/.test(recognize.source) ||
        explainExpression(recognize.source) !== undefined
      );
    case "line":
      return recognize.patterns.some(patternNamesPeer);
    case "record":
      return patternsOf(recognize).some(patternNamesPeer);
  }
}

function patternNamesPeer(pattern: string): boolean {
  const parts = parsePattern(pattern);
  return !parts.ok || holdsPeer(parts.value);
}

function holdsPeer(parts: readonly PatternPart[]): boolean {
  return parts.some((part) => {
    switch (part.kind) {
      case "literal":
      case "skip":
        return false;
      case "field":
        return part.name === "ip" || part.name === "host";
      case "optional":
        return holdsPeer(part.parts);
      case "choice":
        return part.branches.some(holdsPeer);
    }
  });
}
