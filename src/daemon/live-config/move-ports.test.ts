import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PORTS, OBSERVED, type PortScope, portScope } from "../../domain/port-scope.ts";
import { openBook } from "../../record/open-book.ts";
import { sampleAt, sampleBan, sampleJail } from "../../record/sample-entries.fixture.ts";
import { movePorts } from "./move-ports.ts";

const NAME = sampleJail("sshd");
const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const BOTH = portScope([22, 2222].map((number) => ({ protocol: "tcp", number })));
const TOO_MANY = portScope(
  Array.from({ length: 36 }, (_, n) => ({ protocol: "tcp", number: 2000 + n })),
);

function scopesIn(
  bans: readonly Parameters<typeof sampleBan>[1][],
  scope: PortScope,
  shared: "ports" | "threshold",
): readonly PortScope[] {
  const clock = { now: () => sampleAt(0), monotonic: () => 0 };
  const book = openBook({ path: ":memory:", clock, emit: () => undefined });
  book.commit({ steps: bans.map((change, n) => sampleBan(n + 1, change)), cursors: [] });
  const before = [...book.activeBans({})].map((ban) => ban.scope);
  const jail = { name: NAME, policy: { scope }, config: { shared } };
  const isMoved = movePorts([jail], book, () => undefined);
  const after = [...book.activeBans({})].map((ban) => ban.scope);
  assert.equal(isMoved, before.join() !== after.join());
  assert.equal(
    movePorts([jail], book, () => undefined),
    false,
    "once",
  );
  return after;
}

for (const [what, bans, scope, expected, shared = "threshold"] of [
  ["bans follow their jail", [{ scope: SSH }, { scope: ALL_PORTS }], BOTH, [BOTH, BOTH]],
  ["also to fewer ports", [{ scope: ALL_PORTS }], SSH, [SSH]],
  ["and to all", [{ scope: SSH }], ALL_PORTS, [ALL_PORTS]],
  ["an observed ban stays one", [{ scope: OBSERVED }], SSH, [OBSERVED]],
  ["that of a shared address keeps its ports", [{ scope: SSH }], ALL_PORTS, [SSH], "ports"],
  ["a ban of another jail stays", [{ scope: SSH, jail: sampleJail("web") }], BOTH, [SSH]],
  ["a self-test ends where it began", [{ scope: SSH, origin: "canary" }], BOTH, [SSH]],
  ["bans stay while their jail observes", [{ scope: SSH }], OBSERVED, [SSH]],
  ["more ports than a ban can have change nothing", [{ scope: SSH }], TOO_MANY, [SSH]],
] as const)
  test(what, () => assert.deepEqual(scopesIn(bans, scope, shared), expected));
