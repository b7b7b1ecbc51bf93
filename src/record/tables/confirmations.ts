/**
 * Stores which bans one enforcer has confirmed. Kept only in memory: a new run knows nothing about the firewall. So one
 * write confirms, or doubts, 100,000 bans.
 *
 * doubted: only bans confirmed since then count as enforced. At the start, and when the firewall cannot be used; left
 * for trusted when a comparison with the whole firewall ends.
 * trusted: every ban counts as enforced, except those noted since then: opened, extended, or refused by the firewall.
 */
import type { BanState } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { PortScope } from "../../domain/port-scope.ts";

export interface Confirmation {
  readonly state: BanState;
  /** The enforcer's error while pending. */
  readonly error: string | undefined;
}

export interface Confirmations {
  stateOf(subject: Subject, scope: PortScope): Confirmation;
  /** Marks a ban that was opened, changed or refused as pending until it is confirmed. */
  doubt(subject: Subject, scope: PortScope, error?: string): void;
  isDoubted(subject: Subject, scope: PortScope): boolean;
  /** Confirms a ban, unless it was doubted after `mark`. */
  confirm(subject: Subject, scope: PortScope, mark: number): void;
  /** Forgets a subject and scope without a ban. */
  forget(subject: Subject, scope: PortScope): void;
  doubtAll(error: string | undefined): void;
  /** Begins changes of the enforcer or a comparison with it. Bans doubted after this call stay doubted when it ends. */
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
      if (!isDoubted(key)) return { state: "enforced", error: undefined };
      return { state: "pending", error: doubts.get(key)?.error ?? doubted?.error };
    },
    doubt(subject, scope, error) {
      const key = keyOf(subject, scope);
      doubts.set(key, { error, number: ++number });
      confirmed.delete(key);
    },
    isDoubted: (subject, scope) => isDoubted(keyOf(subject, scope)),
    confirm(subject, scope, mark) {
      const key = keyOf(subject, scope);
      const doubt = doubts.get(key);
      if (doubt !== undefined && doubt.number > mark) return;
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
