import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { FoundSource } from "../../pipeline/sources/source-plan.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { WatchedJail } from "../jail-check.ts";
import { createLastLines } from "../last-lines.ts";
import { PlaceCheck } from "./check-place.ts";

const NOW = instant(1_800_000_000_000);

for (const [source, expected] of [
  [undefined, "no log to compare"],
  [{ kind: "none" }, "no log to compare"],
  [{ kind: "stdin" }, "nothing to compare: the lines come from standard input"],
  [{ kind: "command", argv: ["x"] }, "nothing to compare: the lines are the output of a command"],
  [{ kind: "file", files: ["/log"] }, "not checked yet"],
] as const) {
  test(`the place of a jail that reads ${source?.kind ?? "no log found"}`, async () => {
    const emit = (): void => undefined;
    await using book = openBook({ path: ":memory:", clock: systemClock, emit });
    const check = new PlaceCheck({
      ...{ clock: systemClock, localOffset: () => 0, relocate: async () => undefined },
      lastLines: createLastLines(createStateStore(book)),
    });
    // The part of a jail that is asked before its first look.
    const jail = { name: "sshd", config: { source: source ?? { kind: "auto" } } };
    const live = { jail, search: { source: source as FoundSource | undefined } };
    const proofs = check.proofs({ live, source: undefined } as unknown as WatchedJail, NOW);
    assert.deepEqual(proofs, [{ kind: "unproven", link: "place", evidence: expected }]);
  });
}
