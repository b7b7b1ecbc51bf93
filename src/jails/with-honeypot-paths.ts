/** Adds rules for the paths that a jail lists as honeypots. */
import type { FilterDefinition, Recognizer, RuleDefinition } from "../domain/filter-definition.ts";
import type { JailConfig } from "../config/config.ts";

const HONEYPOT_RULE = "honeypot-path";

/** Returns whether lines of the filter have the requested path. */
export function readsRequests({
  honeypot_line: patterns = [],
  honeypot_record: records = [],
}: FilterDefinition): boolean {
  return patterns.length + records.length > 0;
}

/** Returns the paths that count in the jail; empty: none, or its filter does not read requested paths. */
export function honeypotPathsOf(
  { detect }: Pick<JailConfig, "detect">,
  definition: FilterDefinition,
): readonly string[] {
  return detect.evidence === "off" || !readsRequests(definition) ? [] : detect.honeypot_paths;
}

/**
 * The rules come before the other failures, and after neutral lines, whose address is unknown. A path stands for
 * everything below it.
 */
export function withHoneypotPaths(
  definition: FilterDefinition,
  paths: readonly string[],
): FilterDefinition {
  if (paths.length === 0) return definition;
  const { honeypot_line: patterns = [], honeypot_record: records = [], path, rules } = definition;
  const honeypot = { paths, ignoreCase: definition.honeypot_ignores_case === true };
  const createRule = (recognize: Recognizer, key: string): RuleDefinition => ({
    ...{ id: HONEYPOT_RULE, is: "failure", mode: "normal", counting: "each", closes: false },
    ...{ login: "password", honeypot, recognize, location: { path, key } },
  });
  const added = [
    ...(patterns.length === 0 ? [] : [createRule({ kind: "line", patterns }, "honeypot_line")]),
    ...records.map((record, i) => createRule(record, `honeypot_record.${i}`)),
  ];
  const first = rules.findIndex(({ is }) => is !== "neutral");
  return { ...definition, rules: rules.toSpliced(first < 0 ? rules.length : first, 0, ...added) };
}
