/**
 * Which bans the firewall has confirmed. Kept in memory: a start proves nothing about what a run before it saw, and so
 * 100,000 bans are confirmed, or doubted, with one write instead of as many.
 *
 * doubted: nothing counts as enforced but what was confirmed since. At the start, and when the firewall cannot be used;
 * left for trusted when a comparison with the whole firewall ends.
 * trusted: every ban counts as enforced but those noted since: opened, extended, or refused by the firewall.
 */
import type { BookedBan } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";

export interface Confirmations {
  stateOf(subject: Subject, scope: PortScope): Pick<BookedBan, "state" | "error">;
  /** Opened, changed or refused: unproven until confirmed. */
  doubt(subject: Subject, scope: PortScope, error?: string): void;
  /** Whether `confirm` would change anything. */
  isDoubted(subject: Subject, scope: PortScope): boolean;
  confirm(subject: Subject, scope: PortScope): void;
  /** No ban of this kind exists any more. */
  forget(subject: Subject, scope: PortScope): void;
  doubtAll(error: string): void;
  /** Begins a comparison with the whole firewall: what is doubted later stays doubted when it ends. */
  mark(): number;
  trustAllBut(mark: number): void;
}

interface Doubt {
  readonly error: string | undefined;
  readonly number: number;
}

export function createConfirmations(): Confirmations {
  const doubts = new Map<string, Doubt>();
  const confirmed = new Set<string>();
  let doubted: { readonly error: string | undefined } | undefined = { error: undefined };
  let number = 0;

  function isDoubted(key: string): boolean {
    return doubts.has(key) || (doubted !== undefined && !confirmed.has(key));
  }

  return {
    stateOf(subject, scope) {
      const key = keyOf(subject, scope);
      // Observed bans are in no firewall.
      if (scope !== OBSERVED && !isDoubted(key)) return { state: "enforced", error: undefined };
      return { state: "pending", error: doubts.get(key)?.error ?? doubted?.error };
    },
    doubt(subject, scope, error) {
      const key = keyOf(subject, scope);
      doubts.set(key, { error, number: ++number });
      confirmed.delete(key);
    },
    isDoubted: (subject, scope) => isDoubted(keyOf(subject, scope)),
    confirm(subject, scope) {
      const key = keyOf(subject, scope);
      doubts.delete(key);
      if (doubted !== undefined) confirmed.add(key);
    },
    forget(subject, scope) {
      const key = keyOf(subject, scope);
      doubts.delete(key);
      confirmed.delete(key);
    },
    doubtAll(error) {
      doubted = { error };
      doubts.clear();
      confirmed.clear();
    },
    mark: () => number,
    trustAllBut(mark) {
      doubted = undefined;
      confirmed.clear();
      for (const [key, doubt] of doubts) if (doubt.number <= mark) doubts.delete(key);
    },
  };
}

function keyOf(subject: Subject, scope: PortScope): string {
  return `${subject} ${scope}`;
}
