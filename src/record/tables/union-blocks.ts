/** Combines the bans of several jails on one subject. Each port scope is blocked until its latest end. */
import type { Subject } from "../../domain/cidr.ts";
import type { Block } from "../../domain/enforcer.ts";
import type { EnforcerDemand } from "../../domain/enforcer-view.ts";
import { type Instant, laterUntil, type Until } from "../../domain/instant.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { jailIn, scopeIn, subjectIn } from "./ban-columns.ts";
import { heldScope } from "./enforcer-views.ts";
import { type Row, textIn, untilIn } from "./columns.ts";
import { explainUnreadable, type OnUnreadable } from "./read-rows.ts";

export interface UnionOptions {
  /** The enforcer whose blocks are yielded. */
  readonly demand: EnforcerDemand;
  readonly now: Instant;
  readonly onUnreadable: OnUnreadable;
}

/** Yields blocks. Rows are ordered by subject, so a subject's blocks are complete when the next one begins. */
export function* unionOverJails(
  pages: Iterable<readonly Row[]>,
  { demand, now, onUnreadable }: UnionOptions,
): Generator<Block, undefined> {
  let current = "";
  let ends = new Map<PortScope, Until>();
  let owner: Subject | undefined;
  for (const rows of pages) {
    for (const row of rows) {
      let block: Block;
      try {
        const until = untilIn(row, "until_at");
        if (until !== "forever" && until <= now) continue;
        const scope = scopeIn(row);
        if (demand.dutyFor(jailIn(row), scope) === "none") continue;
        const subject = row["subject"] === current && owner !== undefined ? owner : subjectIn(row);
        block = { subject, scope: heldScope(demand, scope), until };
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
