/** Finds settings of a filter that contradict each other, or that need another one to have an effect. */
import {
  type FilterDefinition,
  RECORD_FORMATS,
  type RecordFormat,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";

type Stated = Omit<FilterDefinition, "rules" | "samples" | "python"> & {
  readonly python: unknown;
};
type WithRules = Stated & Pick<FilterDefinition, "rules">;

/** Checks what does not depend on rules. */
export function checkNames(stated: Stated): readonly Problem[] {
  const forPython = stated.python === undefined ? [] : unusedByPython(stated);
  return [...repeatedColumns(stated), ...unlistedNames(stated), ...forPython];
}

/** Checks settings together with the rules. */
export function checkCombinations(stated: WithRules): readonly Problem[] {
  return [...(stated.python === undefined ? idleSettings(stated) : []), ...excludedFields(stated)];
}

function repeatedColumns({ path, columns = [] }: Stated): readonly Problem[] {
  return columns.flatMap((name, i): readonly Problem[] =>
    columns.indexOf(name) === i
      ? []
      : [
          {
            ...{ path, key: `columns.${i}`, got: `column ${JSON.stringify(name)} twice` },
            expected: "each name once",
            hint: 'give a column that no rule uses any other name, such as "unused"',
          },
        ],
  );
}

/** Settings that only rules [[rule]] use, each with the equivalent in a [python] table. */
const ONLY_RULES = [
  ["columns", undefined],
  ["columns_by_name", undefined],
  ["time_field", "datepattern in that table"],
  ["forwarded_line", undefined],
  ["forwarded_field", undefined],
] as const;

function unusedByPython(stated: Stated): readonly Problem[] {
  return ONLY_RULES.flatMap(([key, instead = "rules [[rule]] for it"]): readonly Problem[] =>
    stated[key] === undefined
      ? []
      : [{ path: stated.path, key, got: `${key} for a [python] table`, expected: instead }],
  );
}

/** Finds settings about rules that the filter does not have. */
function idleSettings({
  path,
  rules,
  records_logins: logins,
  ...stated
}: WithRules): readonly Problem[] {
  const formats = new Set(
    rules.flatMap(({ recognize }) => (recognize.kind === "record" ? [recognize.format] : [])),
  );
  const needs = (
    key: "columns" | "columns_by_name",
    users: readonly RecordFormat[],
  ): readonly Problem[] =>
    stated[key] === undefined || users.some((one) => formats.has(one))
      ? []
      : [
          {
            ...{ path, key, got: `${key} in a filter without rules with ${users.join(" or ")}` },
            expected: `a rule with ${users.join(" or ")}`,
            hint: 'remove it, or name the columns in a rule, as in csv = { address = "{ip}" }',
          },
        ];
  const unrecorded = rules.flatMap(({ recorded, id }, i): readonly Problem[] =>
    recorded !== true || (logins?.failed.length ?? 0) > 0
      ? []
      : [
          {
            ...{
              path,
              key: `rule.${i}.recorded`,
              got: `rule "${id}" with recorded, and no failed in records_logins`,
            },
            expected:
              'the terminals of these records, as in records_logins = { failed = ["ssh:notty"] }',
          },
        ],
  );
  return [...needs("columns", ["csv", "w3c"]), ...needs("columns_by_name", ["csv"]), ...unrecorded];
}

/** Finds names that `shared` and `clients` take from other lists, and that are not in them. */
function unlistedNames(stated: Stated): readonly Problem[] {
  const { path, programs, files, shared = [], clients = [] } = stated;
  const check = (key: string, names: readonly string[], lists: string, known: readonly string[]) =>
    names.flatMap((name, i): readonly Problem[] =>
      known.includes(name)
        ? []
        : [
            {
              ...{ path, key: `${key}.${i}`, got: JSON.stringify(name) },
              expected:
                known.length === 0 ? `a name that ${lists} has` : `one of ${known.join(", ")}`,
              hint: `add it to ${lists}, or remove it here`,
            },
          ],
    );
  return [
    ...check("shared", shared, "programs or files", [...programs, ...files]),
    ...check("clients", clients, "programs", programs),
  ];
}

/** Finds rules that require a field and its absence. */
function excludedFields({ path, rules }: WithRules): readonly Problem[] {
  return rules.flatMap(({ id, recognize }, i): readonly Problem[] => {
    if (recognize.kind !== "record") return [];
    const required = new Set(recognize.fields.map(({ key }) => key));
    return recognize.absent.flatMap((key, entry): readonly Problem[] =>
      required.has(key)
        ? [
            {
              ...{ path, key: `rule.${i}.absent.${entry}` },
              got: `${JSON.stringify(key)}, a field that rule "${id}" requires`,
              expected: "a key that the line does not have",
              hint: `remove it here or in ${recognize.format}: no line has the field and lacks it`,
            },
          ]
        : [],
    );
  });
}

type RuleSettings = {
  readonly [key in "absent" | "before" | "login" | "counts" | "claims" | "unknown_user"]?: unknown;
} & Pick<RuleDefinition, "id" | "is">;

const KEYS_OF_ONE_KIND = ["login", "counts", "claims", "unknown_user"] as const;
const KIND_OF_KEY = {
  ...{ login: "success", counts: "failure", claims: "failure", unknown_user: "failure" },
} as const;
const STRUCTURED = `${RECORD_FORMATS.slice(0, -1).join(", ")} or ${RECORD_FORMATS.at(-1)}`;

/** Returns a setting of a rule that its kind of lines or its meaning excludes. `format`: how it recognizes lines. */
export function misplacedKey(
  rule: RuleSettings,
  format: RecordFormat | "line" | "regex",
  { path, key }: { readonly path: string; readonly key: string },
): Problem | undefined {
  const isText = format === "line" || format === "regex";
  const stray = (name: "absent" | "before", beside: string, hint: string): Problem => {
    const got = `rule "${rule.id}" with ${name}, and ${format}`;
    return { path, key: `${key}.${name}`, got, expected: `${beside} beside it`, hint };
  };
  if (rule.absent !== undefined && isText)
    return stray("absent", STRUCTURED, "remove it: it names keys that a structured line lacks");
  if (rule.before !== undefined && format !== "json")
    return stray("before", "json", "remove it: it is the text before a JSON object");
  const name = KEYS_OF_ONE_KIND.find(
    (one) => rule[one] !== undefined && rule.is !== KIND_OF_KEY[one],
  );
  if (name === undefined) return undefined;
  const got = `rule "${rule.id}" with ${name}, and is = "${rule.is}"`;
  return { path, key: `${key}.${name}`, got, expected: `is = "${KIND_OF_KEY[name]}" beside it` };
}
