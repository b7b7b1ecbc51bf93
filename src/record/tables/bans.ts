/**
 * Current bans: one row per subject and jail. Opening one that is in force extends it and never shortens it.
 * Whether they are enforced is not written down: see confirmations.ts. Lists are read in pages, so no statement stays open between two calls.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { BanOpening } from "../../domain/ban-book.ts";
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import type { Block } from "../../domain/enforcer.ts";
import {
  type Instant,
  instant,
  LAST_INSTANT,
  laterUntil,
  type Until,
} from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { bookedBanIn, jailIn, scopeIn, subjectIn } from "./ban-columns.ts";
import type { Confirmations } from "./confirmations.ts";
import {
  FOREVER_COLUMN,
  integerIn,
  rangeColumns,
  type Row,
  textIn,
  untilColumn,
  untilIn,
} from "./columns.ts";
import { createPrefixLengths, type PrefixLengths } from "./prefix-lengths.ts";
import { allRows, explainUnreadable, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";
import { CONTAINS, containerNames, OVERLAPS, overlapValues } from "./subject-search.ts";

/** Rows read at a time: bounds memory and the time the loop is held. */
const PAGE = 500;
/** What `untilIn` reads. */
const READABLE_END = `(until_at = ${FOREVER_COLUMN} OR until_at <= ${LAST_INSTANT})`;

export interface Bans {
  find(jail: JailName, subject: Subject): BookedBan | undefined;
  /** Replaces nothing: the caller has looked. */
  insert(ban: Ban, id: number): BookedBan;
  extend(old: BookedBan, ban: Ban): BanOpening;
  remove(ban: BookedBan): void;
  /** At most 1000. */
  overlapping(subject: Subject): readonly BookedBan[];
  walkOverlapping(subject: Subject): Iterable<BookedBan>;
  walk(jail: JailName | undefined): Iterable<BookedBan>;
  ended(now: Instant, limit: number): readonly BookedBan[];
  /** Deletes bans whose time is over and that cannot be read. How many. */
  discardUnreadable(now: Instant): number;
  count(): ReadonlyMap<JailName, number>;
  blocks(now: Instant): Iterable<Block>;
  blockAfter(subject: Subject, scope: PortScope, now: Instant): Block | undefined;
  markEnforced(blocks: readonly Block[]): void;
  nextExpiry(): Instant | undefined;
  shift(step: number): void;
}

export function createBans(
  database: DatabaseSync,
  confirmations: Confirmations,
  onUnreadable: OnUnreadable,
): Bans {
  const lengths = createPrefixLengths(database, "bans");
  const read = createReads(database, { confirmations, lengths, onUnreadable });
  const insertion = database.prepare(
    "INSERT INTO bans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const extension = database.prepare(
    `UPDATE bans SET scope = ?, until_at = ?, origin = ?, reason = ?, rule = ?, failures = ?,
       escalation = ? WHERE subject = ? AND jail = ?`,
  );
  const removal = database.prepare("DELETE FROM bans WHERE subject = ? AND jail = ?");
  const longest = database.prepare(
    "SELECT max(until_at) AS until_at FROM bans WHERE subject = ? AND scope = ?",
  );
  /** The latest end of any jail's ban of this kind; undefined: there is none. */
  const latestEnd = (subject: Subject, scope: PortScope): number | undefined => {
    const row = longest.get(subject, scope);
    return row === undefined || row["until_at"] === null ? undefined : integerIn(row, "until_at");
  };
  const forgetUnless = (subject: Subject, scope: PortScope): void => {
    if (!confirmations.isDoubted(subject, scope)) return;
    if (latestEnd(subject, scope) === undefined) confirmations.forget(subject, scope);
  };
  const shift = database.prepare(
    `UPDATE bans SET from_at = from_at + :step,
       until_at = CASE until_at WHEN ${FOREVER_COLUMN} THEN until_at ELSE until_at + :step END`,
  );
  return {
    ...read,
    insert: (ban, id) => {
      const { subject, jail, scope, from, until, origin, reason, rule, failures, escalation } = ban;
      const low = rangeColumns(subject).first;
      const end = untilColumn(until);
      lengths.note(subject);
      confirmations.doubt(subject, scope);
      insertion.run(
        subject,
        jail,
        id,
        low,
        scope,
        from,
        end,
        origin,
        reason,
        rule,
        failures,
        escalation,
      );
      return { ...ban, id, state: "pending", error: undefined };
    },
    extend: (old, ban) => {
      const until = laterUntil(old.until, ban.until);
      const moved = old.scope !== ban.scope;
      if (until === old.until && !moved) {
        return { ban: old, change: "unchanged", previousScope: undefined };
      }
      const { scope, origin, reason, rule, failures, escalation } = ban;
      const end = untilColumn(until);
      confirmations.doubt(old.subject, scope);
      extension.run(scope, end, origin, reason, rule, failures, escalation, old.subject, old.jail);
      if (moved) forgetUnless(old.subject, old.scope);
      return {
        ban: { ...ban, id: old.id, from: old.from, until, state: "pending", error: undefined },
        change: "extended",
        previousScope: moved ? old.scope : undefined,
      };
    },
    remove: (ban) => {
      removal.run(ban.subject, ban.jail);
      forgetUnless(ban.subject, ban.scope);
    },
    markEnforced: (blocks) => {
      for (const { subject, scope, until } of blocks) {
        if (!confirmations.isDoubted(subject, scope)) continue;
        const latest = latestEnd(subject, scope);
        if (latest === undefined || latest > untilColumn(until)) continue;
        confirmations.confirm(subject, scope);
      }
    },
    shift: (step) => {
      shift.run({ step });
    },
  };
}

type Reads = Omit<Bans, "insert" | "extend" | "remove" | "markEnforced" | "shift">;

interface ReadOptions {
  readonly confirmations: Confirmations;
  readonly lengths: PrefixLengths;
  readonly onUnreadable: OnUnreadable;
}

function createReads(
  database: DatabaseSync,
  { confirmations, lengths, onUnreadable }: ReadOptions,
): Reads {
  const one = database.prepare("SELECT * FROM bans WHERE subject = ? AND jail = ?");
  const near = database.prepare(
    `SELECT * FROM bans WHERE ${OVERLAPS} ORDER BY low, jail LIMIT 1000`,
  );
  // Around a single address there are only networks, each under a name that is known.
  const around = database.prepare(`SELECT * FROM bans WHERE ${CONTAINS} ORDER BY low, jail`);
  const pageNear = database.prepare(
    `SELECT * FROM bans WHERE ${OVERLAPS} AND (low, subject, jail) > (?, ?, ?)
       ORDER BY low, subject, jail LIMIT ${PAGE}`,
  );
  const over = database.prepare("SELECT * FROM bans WHERE until_at <= ? ORDER BY until_at LIMIT ?");
  const page = database.prepare(
    `SELECT * FROM bans WHERE (subject, jail) > (?, ?) ORDER BY subject, jail LIMIT ${PAGE}`,
  );
  // Only what a block needs: 100,000 whole rows take twice the time.
  const pageOfBlocks = database.prepare(
    `SELECT subject, jail, scope, until_at FROM bans
       WHERE (subject, jail) > (?, ?) ORDER BY subject, jail LIMIT ${PAGE}`,
  );
  const pageOfJail = database.prepare(
    `SELECT * FROM bans WHERE jail = ? AND subject > ? ORDER BY subject LIMIT ${PAGE}`,
  );
  const counts = database.prepare("SELECT jail, count(*) AS n FROM bans GROUP BY jail");
  const soonest = database.prepare(
    `SELECT min(until_at) AS soonest FROM bans WHERE until_at < ${FOREVER_COLUMN}`,
  );
  const latest = database.prepare(
    `SELECT max(until_at) AS until_at FROM bans
       WHERE subject = ? AND scope = ? AND until_at > ? AND ${READABLE_END}`,
  );
  const removal = database.prepare("DELETE FROM bans WHERE subject = ? AND jail = ?");
  const bansIn = (rows: readonly Row[]): readonly BookedBan[] =>
    readEach(rows, (row) => bookedBanIn(row, confirmations), onUnreadable);
  const lengthsFor = (subject: Subject): Iterable<number> =>
    lengths.of(splitSubject(subject).family);
  const aroundAddress = (subject: Subject): readonly BookedBan[] =>
    bansIn(allRows(around, containerNames(subject, lengthsFor(subject))));
  const pages = function* (statement: StatementSync): Iterable<readonly Row[]> {
    let [subject, jail] = ["", ""];
    for (;;) {
      const rows = allRows(statement, subject, jail);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      [subject, jail] = [textIn(last, "subject"), textIn(last, "jail")];
    }
  };
  return {
    find: (jail, subject) => {
      const row = firstRow(one, subject, jail);
      return row === undefined ? undefined : bansIn([row])[0];
    },
    overlapping: (subject) => {
      if (isAddress(subject)) return aroundAddress(subject);
      return bansIn(allRows(near, ...overlapValues(subject, lengthsFor(subject))));
    },
    walkOverlapping: function* (subject) {
      if (isAddress(subject)) return yield* aroundAddress(subject);
      let after = ["", "", ""];
      for (;;) {
        const rows = allRows(pageNear, ...overlapValues(subject, lengthsFor(subject)), ...after);
        yield* bansIn(rows);
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        after = [textIn(last, "low"), textIn(last, "subject"), textIn(last, "jail")];
      }
    },
    ended: (now, limit) => bansIn(allRows(over, now, limit)),
    discardUnreadable: (now) => {
      let discarded = 0;
      for (const row of allRows(over, now, PAGE)) {
        if (bansIn([row]).length > 0) continue;
        removal.run(textIn(row, "subject"), textIn(row, "jail"));
        discarded++;
      }
      return discarded;
    },
    walk: function* (jail) {
      if (jail === undefined) {
        for (const rows of pages(page)) yield* bansIn(rows);
        return;
      }
      let after = "";
      for (;;) {
        const rows = allRows(pageOfJail, jail, after);
        yield* bansIn(rows);
        const last = rows.at(-1);
        if (last === undefined) return;
        after = textIn(last, "subject");
      }
    },
    count: () =>
      new Map(
        readEach(counts.all(), (row) => [jailIn(row), integerIn(row, "n")] as const, onUnreadable),
      ),
    blocks: (now) => unionOverJails(pages(pageOfBlocks), now, onUnreadable),
    blockAfter: (subject, scope, now) => {
      const row = latest.get(subject, scope, now);
      if (row === undefined || row["until_at"] === null) return undefined;
      return { subject, scope, until: untilIn(row, "until_at") };
    },
    nextExpiry: () => {
      const row = firstRow(soonest);
      if (row === undefined || row["soonest"] === null) return undefined;
      return instant(Number(row["soonest"]));
    },
  };
}

function isAddress(subject: Subject): boolean {
  return !subject.includes("/");
}

/** Rows come ordered by subject, so a subject's blocks are complete when the next one begins. */
function* unionOverJails(
  pages: Iterable<readonly Row[]>,
  now: Instant,
  onUnreadable: OnUnreadable,
): Iterable<Block> {
  let current = "";
  let ends = new Map<PortScope, Until>();
  let owner: Subject | undefined;
  for (const rows of pages) {
    for (const row of rows) {
      let block: Block;
      try {
        const until = untilIn(row, "until_at");
        if (until !== "forever" && until <= now) continue;
        const subject = row["subject"] === current && owner !== undefined ? owner : subjectIn(row);
        block = { subject, scope: scopeIn(row), until };
      } catch (error) {
        onUnreadable(explainUnreadable(row, error));
        continue;
      }
      if (block.subject !== owner) {
        if (owner !== undefined) yield* blocksOf(owner, ends);
        current = textIn(row, "subject");
        owner = block.subject;
        ends = new Map();
      }
      const { scope, until } = block;
      ends.set(scope, laterUntil(ends.get(scope) ?? until, until));
    }
  }
  if (owner !== undefined) yield* blocksOf(owner, ends);
}

function* blocksOf(subject: Subject, ends: ReadonlyMap<PortScope, Until>): Iterable<Block> {
  for (const [scope, until] of ends) yield { subject, scope, until };
}
