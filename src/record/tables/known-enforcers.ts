/** Stores the enforcers that were used on this host, a few rows at most. */
import type { DatabaseSync } from "node:sqlite";
import type { KnownEnforcer } from "../../domain/known-enforcer.ts";
import { parseOwner } from "../../domain/jail-name.ts";
import {
  instantIn,
  integerIn,
  type Row,
  textIn,
  UnreadableColumn,
  wholeInstant,
} from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";

export interface KnownEnforcers {
  list(): readonly KnownEnforcer[];
  save(enforcer: KnownEnforcer): void;
}

export function createKnownEnforcers(
  database: DatabaseSync,
  onUnreadable: OnUnreadable,
): KnownEnforcers {
  const list = database.prepare("SELECT * FROM enforcers ORDER BY place");
  const save = database.prepare("INSERT OR REPLACE INTO enforcers VALUES (?, ?, ?, ?, ?, ?, ?)");
  return {
    list: () => readEach(allRows(list), enforcerIn, onUnreadable),
    save: ({ place, name, kind, settings, jails, others, clearedAt }) => {
      const cleared = clearedAt === undefined ? null : wholeInstant(clearedAt);
      save.run(place, name, kind, settings, JSON.stringify(jails), others ? 1 : 0, cleared);
    },
  };
}

function enforcerIn(row: Row): KnownEnforcer {
  return {
    place: textIn(row, "place"),
    name: textIn(row, "name"),
    kind: textIn(row, "kind"),
    settings: textIn(row, "settings"),
    jails: jailsIn(textIn(row, "jails")),
    others: integerIn(row, "others") !== 0,
    clearedAt: row["cleared_at"] === null ? undefined : instantIn(row, "cleared_at"),
  };
}

function jailsIn(text: string): KnownEnforcer["jails"] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch {
    throw new UnreadableColumn("column jails holds no JSON");
  }
  if (!Array.isArray(names)) throw new UnreadableColumn("column jails holds no list");
  return names.flatMap((name) => (typeof name === "string" ? (parseOwner(name) ?? []) : []));
}
