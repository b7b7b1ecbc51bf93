/**
 * Runs random sequences of what happens to an enforcer: bans, longer bans, unbans, ended bans, other programs that
 * damage it, restarts. Afterwards it must hold exactly what the book wants. Run by the test of each enforcer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS, type PortScope, portScope } from "../domain/port-scope.ts";
import { type EnforcedBook, openEnforcedBook, textsOf } from "./enforced-book.fixture.ts";
import { tcp } from "./enforcer.contract.ts";

export interface SequenceContract {
  readonly name: string;
  readonly open: () => Promise<Enforcer>;
  /** Removes what the enforcer left behind; it is closed. */
  readonly clean: () => Promise<void>;
  /** What other programs do to it, by name. */
  readonly damages: Readonly<Record<string, () => void | Promise<void>>>;
  /** Number of sequences, for an enforcer that is slow; default: 4. */
  readonly sequences?: number;
}

/** Nested networks, neighbors and both families: few of each, so that steps meet the same blocks. */
const SUBJECTS = ["192.0.2.1", "192.0.2.2", "192.0.2.0/24", "2001:db8::1", "2001:db8::/64"];
const SCOPES = [
  ALL_PORTS,
  tcp(22, 2222),
  portScope([
    { protocol: "tcp", number: 22 },
    { protocol: "udp", number: 53 },
  ]),
  tcp(...Array.from({ length: 17 }, (_, n) => 8000 + n)),
];

const SUBJECT = fc.constantFrom(...SUBJECTS);
const SCOPE = fc.constantFrom(...SCOPES);
/** Lengths of bans in milliseconds: some end during a sequence. */
const LENGTH = fc.constantFrom(undefined, 100, 400, 3_600_000, 30 * 86_400_000);

type Step =
  | { readonly kind: "ban"; readonly of: readonly [string, PortScope, number | undefined] }
  | { readonly kind: "unban"; readonly of: readonly [string, PortScope] }
  | { readonly kind: "damage"; readonly what: string }
  | { readonly kind: "wait" | "reconcile" | "restart" };

export function testEnforcerSequences(contract: SequenceContract): void {
  const { name, open, clean, damages, sequences = 4 } = contract;
  test(`${name}: after any sequence its blocks are those of the book`, { timeout: 600_000 }, () =>
    fc.assert(
      fc.asyncProperty(fc.array(stepOf(Object.keys(damages)), { maxLength: 20 }), async (steps) => {
        try {
          await using book = await openEnforcedBook(open);
          for (const step of steps) await takeStep(book, step, damages);
          await assertEqual(book);
        } finally {
          await clean();
        }
      }),
      { ...fuzzRuns(sequences), endOnFailure: true },
    ),
  );
}

function stepOf(damages: readonly string[]): fc.Arbitrary<Step> {
  const ban = fc.tuple(SUBJECT, SCOPE, LENGTH).map(([...of]): Step => ({ kind: "ban", of }));
  const unban = fc.tuple(SUBJECT, SCOPE).map(([...of]): Step => ({ kind: "unban", of }));
  const other = fc.constantFrom<Step>(
    ...[{ kind: "wait" } as const, { kind: "reconcile" } as const, { kind: "restart" } as const],
    ...damages.map((what) => ({ kind: "damage", what }) as const),
  );
  return fc.oneof({ arbitrary: ban, weight: 3 }, unban, { arbitrary: other, weight: 2 });
}

async function takeStep(
  book: EnforcedBook,
  step: Step,
  damages: SequenceContract["damages"],
): Promise<void> {
  switch (step.kind) {
    case "ban":
      return book.ban(...step.of);
    case "unban":
      return book.unban(...step.of);
    case "damage":
      return damages[step.what]?.();
    case "wait":
      await wait(150);
      return book.expire();
    case "reconcile":
      return book.reconcile();
    case "restart":
      return book.restart();
  }
}

async function assertEqual(book: EnforcedBook): Promise<void> {
  // Bans of less than half a second end now; no ban ends in the hour after that.
  await wait(500);
  await book.expire();
  await book.reconcile();
  const listed = await book.enforcer.list();
  assert.deepEqual(textsOf(listed), book.wanted());
  const again = await book.enforcer.prepare(instant(Date.now()));
  assert.deepEqual([again.error, again.repaired], [undefined, false]);
}
