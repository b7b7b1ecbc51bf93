import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PORTS, OBSERVED, type PortScope, portScope } from "../../domain/port-scope.ts";
import type { Jail } from "../../jails/jail.ts";
import { openBook } from "../../record/open-book.ts";
import { sampleAt, sampleBan, sampleJail } from "../../record/sample-entries.fixture.ts";
import { movePorts } from "./move-ports.ts";

const NAME = sampleJail("sshd");
const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const BOTH = portScope([22, 2222].map((number) => ({ protocol: "tcp", number })));
const TOO_MANY = portScope(
  Array.from({ length: 36 }, (_, n) => ({ protocol: "tcp", number: 2000 + n })),
);

/** Returns the scopes of bans after the jail had each of `scopes`, one after the other. */
function scopesAfter(
  bans: readonly Parameters<typeof sampleBan>[1][],
  scopes: readonly PortScope[],
): readonly PortScope[] {
  const clock = { now: () => sampleAt(0), monotonic: () => 0 };
  const book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const use = (scope: PortScope): boolean =>
    movePorts([{ name: NAME, policy: { scope } } as Jail], book, () => undefined);
  const [first = ALL_PORTS, ...later] = scopes;
  assert.equal(use(first), false);
  book.commit({ steps: bans.map((change, n) => sampleBan(n + 1, change)), cursors: [] });
  later.forEach(use);
  return [...book.activeBans({})].map(({ scope }) => scope);
}

for (const [what, bans, scopes, expected] of [
  ["bans follow their jail", [{ scope: SSH }, { scope: SSH }], [SSH, BOTH], [BOTH, BOTH]],
  ["also to fewer ports", [{ scope: ALL_PORTS }], [ALL_PORTS, SSH], [SSH]],
  ["an observed ban stays one", [{ scope: OBSERVED }], [OBSERVED, SSH], [OBSERVED]],
  ["that of a shared address keeps its ports", [{ scope: SSH }], [ALL_PORTS, BOTH], [SSH]],
  ["a ban of another jail stays", [{ scope: SSH, jail: sampleJail("web") }], [SSH, BOTH], [SSH]],
  ["a self-test ends where it began", [{ scope: SSH, origin: "canary" }], [SSH, BOTH], [SSH]],
  ["bans stay while their jail observes", [{ scope: SSH }], [SSH, OBSERVED], [SSH]],
  ["and follow it afterwards", [{ scope: SSH }], [SSH, OBSERVED, BOTH], [BOTH]],
  ["more ports than a ban can have change nothing", [{ scope: SSH }], [SSH, TOO_MANY], [SSH]],
  ["and fewer again do", [{ scope: SSH }], [SSH, TOO_MANY, BOTH], [BOTH]],
] as const)
  test(what, () => assert.deepEqual(scopesAfter(bans, scopes), expected));
