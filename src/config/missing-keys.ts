/** Finds keys that a table [GROUP.NAME] must set and no file sets. */
import type { CheckedDocument, CrossMistake } from "./check-document.ts";
import type { KindGroupName } from "./check-kind-tables.ts";
import { requiredKeys, type Settings } from "./setting.ts";

export interface KindTable {
  readonly name: string;
  readonly kind: string;
  readonly settings: object;
}

type Documents<Group extends KindGroupName> = readonly Pick<CheckedDocument, "mistakes" | Group>[];

export function missingKeys<Group extends KindGroupName>(
  group: Group,
  { name, kind, settings }: KindTable,
  keys: Settings,
  documents: Documents<Group>,
): readonly CrossMistake[] {
  const values = new Map<string, unknown>(Object.entries(settings));
  return requiredKeys(keys)
    .filter((key) => values.get(key) === undefined && !isMisread([group, name, key], documents))
    .map((key) => ({
      document: lastDocumentOf(group, name, documents),
      mistake: {
        path: [group, name],
        at: "key",
        got: `[${group}.${name}] without ${key}`,
        expected: `${key}, which kind = "${kind}" needs`,
      },
    }));
}

/** Returns whether a mistake in a key is already reported, which must not be reported as missing as well. */
export function isMisread(
  path: readonly string[],
  documents: readonly Pick<CheckedDocument, "mistakes">[],
): boolean {
  return documents.some(({ mistakes }) =>
    mistakes.some((one) => path.every((key, i) => one.path[i] === key)),
  );
}

export function lastDocumentOf<Group extends KindGroupName>(
  group: Group,
  name: string,
  documents: readonly Pick<CheckedDocument, Group>[],
): number {
  return documents.findLastIndex((document) => document[group].includes(name));
}
