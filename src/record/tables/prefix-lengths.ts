/**
 * Lists the prefix lengths of the subjects in a table. A search for the networks around an address then uses only
 * these: 128 are possible around an IPv6 address, but rarely more than two are used. Only grows.
 */
import type { DatabaseSync } from "node:sqlite";
import { type Subject, splitSubject, widthOf } from "../../domain/cidr.ts";
import type { Family } from "../../domain/ip.ts";
import { integerIn, textIn } from "./columns.ts";

export interface PrefixLengths {
  /** Notes a subject that was added to the table. */
  note(subject: Subject): void;
  /** Returns lengths shorter than a whole address, unordered. */
  of(family: Family): Iterable<number>;
}

export function createPrefixLengths(database: DatabaseSync, table: "bans"): PrefixLengths {
  const all = database.prepare(
    `SELECT DISTINCT instr(subject, ':') > 0 AS six, substr(subject, instr(subject, '/') + 1) AS length
       FROM ${table} WHERE instr(subject, '/') > 0`,
  );
  let known: { readonly [family in Family]: Set<number> } | undefined;

  /** Reads the lengths on first use, because that reads every row. */
  function lengths(): NonNullable<typeof known> {
    if (known !== undefined) return known;
    known = { ipv4: new Set(), ipv6: new Set() };
    for (const row of all.all()) {
      const length = Number(textIn(row, "length"));
      const family = integerIn(row, "six") === 1 ? "ipv6" : "ipv4";
      if (Number.isInteger(length) && length < widthOf(family)) known[family].add(length);
    }
    return known;
  }

  return {
    note(subject) {
      if (known === undefined || !subject.includes("/")) return;
      const { family, prefix } = splitSubject(subject);
      known[family].add(prefix);
    },
    of: (family) => lengths()[family],
  };
}
