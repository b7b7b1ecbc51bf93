/** Finds mistakes about actions that can only be seen across all files, such as names of missing tables. */
import { didYouMean, expectChoice } from "../domain/did-you-mean.ts";
import {
  ACTION_KINDS,
  ACTION_TABLES,
  type ActionKind,
  ONE_OF,
  SOME_OF,
} from "./action-settings.ts";
import type { CheckedDocument, CrossMistake, Made } from "./check-document.ts";
import type { ActionList } from "./kinds/shell-action-setting.ts";
import { quote } from "./kinds/describe-value.ts";
import type { Mistake } from "./kinds/kind.ts";
import { kindOfAction, missingKeys } from "./resolve-config.ts";

export function actionChecks(documents: readonly CheckedDocument[]): readonly CrossMistake[] {
  const names = [...new Set(documents.flatMap(({ actions }) => actions))];
  const wrongTables = names.flatMap((name) => checkAction(name, documents));
  const wrongNames = documents.flatMap(({ settings }, document) =>
    settings.flatMap(({ path, value }) =>
      isActionList(path, value)
        ? unknownNames({ path, value }, names).map((mistake) => ({ document, mistake }))
        : [],
    ),
  );
  return [...wrongTables, ...wrongNames];
}

function checkAction(name: string, documents: readonly CheckedDocument[]): readonly CrossMistake[] {
  const path = ["actions", name];
  const document = documents.findIndex(({ actions }) => actions.includes(name));
  // What is misread is already reported.
  if (documents.some(({ mistakes }) => mistakes.some((one) => isWithin(one.path, path)))) return [];
  const set = new Map(
    documents.flatMap(({ settings }) =>
      settings.filter((made) => isWithin(made.path, path)).map(keyAndValue),
    ),
  );
  const kind = kindOfAction((key) => set.get(key));
  const absent = kind === undefined ? ["kind"] : missingKeys(kind, (key) => set.get(key));
  const missing = absent.map((key): CrossMistake => {
    const got = `[actions.${name}] without ${key}`;
    return { document, mistake: { path, at: "key", got, expected: expectedOf(key) } };
  });
  if (kind === undefined) return missing;
  const one = notOne(kind, set).map((mistake) => ({ document, mistake: { ...mistake, path } }));
  return [...missing, ...one, ...otherKeys(name, kind, documents)];
}

function expectedOf(key: string): string {
  return key === "kind" ? `kind = one of ${ACTION_KINDS.map(quote).join(", ")}` : `a key ${key}`;
}

/** Reports if none of some keys is set, or not exactly one of others, because the intended one would be a guess. */
function notOne(
  kind: ActionKind,
  set: ReadonlyMap<string, unknown>,
): readonly Omit<Mistake, "path">[] {
  const some = SOME_OF[kind];
  if (some?.every((key) => !set.has(key)) === true)
    return [{ at: "key", got: `neither ${some.join(" nor ")}`, expected: "at least one of them" }];
  const keys = ONE_OF[kind];
  if (keys === undefined) return [];
  const found = keys.filter((key) => set.has(key));
  if (found.length === 1) return [];
  const got = found.length === 0 ? "neither" : "both";
  return [
    {
      at: "key",
      got: `${got} ${keys.join(got === "both" ? " and " : " nor ")}`,
      expected: "one of them",
    },
  ];
}

/** Reports keys of another kind, which a file that leaves the kind to another one may set. */
function otherKeys(
  name: string,
  kind: ActionKind,
  documents: readonly CheckedDocument[],
): readonly CrossMistake[] {
  const keys = ["kind", ...Object.keys(ACTION_TABLES[kind])];
  return documents.flatMap(({ settings }, document) =>
    settings
      .filter(({ path }) => isWithin(path, ["actions", name]) && !keys.includes(String(path[2])))
      .map(({ path }): CrossMistake => {
        const got = `${String(path[2])} of an action of kind ${quote(kind)}`;
        const expected = `one of ${keys.join(", ")}`;
        return { document, mistake: { path, at: "key", got, expected } };
      }),
  );
}

function unknownNames(
  { path, value }: Made & { readonly value: ActionList },
  known: readonly string[],
): readonly Mistake[] {
  const unknown = value.names.filter((name) => !known.includes(name));
  return unknown.map((name) => {
    const near = didYouMean(name, known);
    const hint =
      near !== undefined
        ? `did you mean "${near}"?`
        : known.length === 0
          ? `write a table [actions.${name}]`
          : undefined;
    const expected =
      known.length === 0
        ? "the name of a table [actions.NAME]"
        : expectChoice("the name of a table [actions.NAME]", { choices: known, hint });
    // In a list with tables, the place of a name is not known.
    const place = value.tables.length === 0 ? [...path, value.names.indexOf(name)] : path;
    return { path: place, at: "value", got: quote(name), expected, hint };
  });
}

function isActionList(path: Made["path"], value: unknown): value is ActionList {
  const isSetting = path[0] === "defaults" || path[0] === "jails";
  return isSetting && path.at(-1) === "actions" && typeof value === "object";
}

function keyAndValue({ path, value }: Made): readonly [string, unknown] {
  return [String(path[2]), value];
}

function isWithin(path: Made["path"], [table, name]: readonly string[]): boolean {
  return path[0] === table && path[1] === name;
}
