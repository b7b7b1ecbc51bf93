/**
 * Finds settings that have no effect, because of another setting that is missing or set: what a setting `needs`, and
 * what it is set `insteadOf`.
 */
import type { CheckedDocument } from "./check-document.ts";
import { ACTION_KINDS } from "./action-settings.ts";
import { CHANNEL_KINDS, isChannelKind } from "./channels/channel-kinds.ts";
import { ENFORCER_KINDS, isEnforcerKind } from "./enforcers/enforcer-kinds.ts";
import type { KeyPath } from "./kinds/kind.ts";
import { ACTION_SHAPES, JAIL_SHAPE, LIST_SHAPE, ROOT_SHAPE } from "./schema.ts";
import type { Setting, Settings } from "./setting.ts";

export interface IgnoredSetting {
  /** Index of the document that sets it, and where. */
  readonly document: number;
  readonly path: KeyPath;
  readonly doubt: string;
  readonly fix: string;
}

export function ignoredSettings(
  documents: readonly Pick<CheckedDocument, "settings">[],
): readonly IgnoredSetting[] {
  const values = new Map(
    documents.flatMap(({ settings }) =>
      settings.map(({ path, value }) => [JSON.stringify(path), value] as const),
    ),
  );
  const valueAt = (path: KeyPath): unknown => values.get(JSON.stringify(path));
  return documents.flatMap(({ settings }, document) =>
    settings.flatMap(({ path }): readonly IgnoredSetting[] => {
      const why = explainIgnored(path, valueAt);
      return why === undefined ? [] : [{ document, path, ...why }];
    }),
  );
}

type ValueAt = (path: KeyPath) => unknown;

function explainIgnored(
  path: KeyPath,
  valueAt: ValueAt,
): Pick<IgnoredSetting, "doubt" | "fix"> | undefined {
  const { needs, insteadOf } = settingAt(path, valueAt) ?? {};
  const table = path.slice(0, -1);
  const key = String(path.at(-1));
  const name = table.join(".");
  const isSet = (other: string): boolean => {
    const value = valueAt([...table, other]);
    return value !== undefined && value !== "";
  };
  if (insteadOf !== undefined && isSet(insteadOf))
    return {
      doubt: `${key} has no effect beside ${insteadOf}`,
      fix: `remove one of them from [${name}]`,
    };
  if (needs === undefined) return undefined;
  const { keys, value } = needs;
  const holds = keys.some((other) =>
    value === undefined ? isSet(other) : valueAt([...table, other]) === value,
  );
  if (holds) return undefined;
  const missing = keys.join(" or ") + (value === undefined ? "" : ` = ${JSON.stringify(value)}`);
  return {
    doubt: `${key} has no effect without ${missing}`,
    fix: `set ${missing} in [${name}], or remove ${key}`,
  };
}

function settingAt(path: KeyPath, valueAt: ValueAt): Setting | undefined {
  const keys = keysOf(path.slice(0, -1), valueAt);
  const key = String(path.at(-1));
  return keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** Returns the keys of a table; undefined: unknown, or none of them depends on another. */
function keysOf(table: KeyPath, valueAt: ValueAt): Settings | undefined {
  const [group = "", name = ""] = table.map(String);
  if (table.length !== 2) return undefined;
  const kind = valueAt([...table, "kind"]) ?? name;
  if (group === "jails") return JAIL_SHAPE.keys;
  if (group === "lists") return LIST_SHAPE.keys;
  if (group === "actions") {
    const known = ACTION_KINDS.find((one) => one === kind);
    return known && ACTION_SHAPES.get(known)?.keys;
  }
  if (group === "enforcers")
    return typeof kind === "string" && isEnforcerKind(kind) ? ENFORCER_KINDS[kind].keys : undefined;
  if (group === "notify")
    return typeof kind === "string" && isChannelKind(kind) ? CHANNEL_KINDS[kind].keys : undefined;
  return ROOT_SHAPE.tables[group]?.tables[name]?.keys;
}
