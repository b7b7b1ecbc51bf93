/** Adds a rule for the paths that a jail lists as honeypots. */
import type { FilterDefinition, RuleDefinition } from "../domain/filter-definition.ts";
import type { JailConfig } from "../config/config.ts";

const HONEYPOT_RULE = "honeypot-path";
const PLACE = "{honeypot}";

/** Returns the paths that count in the jail; empty: none, or its filter does not read requested paths. */
export function honeypotPathsOf(
  { detect }: Pick<JailConfig, "detect">,
  { honeypot_line: patterns = [] }: FilterDefinition,
): readonly string[] {
  return detect.evidence === "off" || patterns.length === 0 ? [] : detect.honeypot_paths;
}

/**
 * The rule comes before the other failures, and after neutral lines, whose address is unknown. A path stands for
 * everything below it.
 */
export function withHoneypotPaths(
  definition: FilterDefinition,
  paths: readonly string[],
): FilterDefinition {
  const { honeypot_line: patterns = [], path, rules } = definition;
  if (paths.length === 0 || patterns.length === 0) return definition;
  const texts = [...new Set(paths.map((one) => one.replace(/\/+$/, "")))];
  const place = texts.length === 1 ? texts.join("") : `{${texts.join("|")}}`;
  const rule: RuleDefinition = {
    ...{ id: HONEYPOT_RULE, is: "failure", mode: "normal", counting: "each", closes: false },
    ...{ login: "password", honeypot: true },
    recognize: { kind: "line", patterns: patterns.map((one) => one.replace(PLACE, () => place)) },
    location: { path, key: "honeypot_line" },
  };
  const first = rules.findIndex(({ is }) => is !== "neutral");
  return { ...definition, rules: rules.toSpliced(first < 0 ? rules.length : first, 0, rule) };
}
