/** Verifies the audit's chain of hashes in steps, so that the event loop does other work in between. */
import type { AuditProof } from "../domain/audit-proof.ts";
import { nextTurn } from "../host/timers.ts";
import type { Store } from "./store.ts";
import type { AuditHead } from "./tables/audit.ts";

/** `saved`: hash of an earlier newest entry, which the chain must still contain. */
export async function verifyAudit(store: Store, saved: string | undefined): Promise<AuditProof> {
  let link: AuditHead | undefined;
  let [entries, containsSaved] = [0, false];
  for (;;) {
    const from = link;
    const step = store.read((tables) => tables.audit.verify(from, saved));
    if (!step.intact) return step;
    entries += step.entries;
    containsSaved ||= step.containsSaved;
    if (step.isEnd) return { intact: true, entries, head: step.link.hash, containsSaved };
    ({ link } = step);
    await nextTurn();
  }
}
