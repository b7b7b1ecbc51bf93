import assert from "node:assert/strict";
import test from "node:test";
import { type AccessRules, isOwner, mayAsk, type Peer } from "./access.ts";

const READS = [
  ...[
    "status",
    "doctor",
    "drift",
    "bans",
    "campaigns",
    "quality",
    "metrics",
    "breakers",
    "why",
    "allowed",
    "history",
    "audit",
  ],
  ...["version", "follow"],
] as const;
const CHANGES = [
  ...["ban", "unban", "take_over", "allow", "disallow", "reset_breaker", "reload", "stop"],
  ...["verify", "support", "add_rule", "check", "acknowledge", "reset_quality"],
] as const;

function peer(uid: number | undefined): Peer {
  const credentials = uid === undefined ? undefined : { pid: 1, uid, gid: 0 };
  return { credentials, who: "somebody" };
}

const CLOSED: AccessRules = { ownUid: 990, shared: false, groupMay: "read" };
const SHARED: AccessRules = { ...CLOSED, shared: true };
type Command = Parameters<typeof mayAsk>[0];

function allowed(uid: number | undefined, rules: AccessRules): readonly string[] {
  const all: readonly Command[] = [...READS, ...CHANGES];
  return all.filter((command) => mayAsk(command, peer(uid), rules));
}

test("root and the daemon's own user may send every command", () => {
  for (const uid of [0, 990]) {
    assert.ok(isOwner(peer(uid), SHARED));
    assert.deepEqual(allowed(uid, CLOSED), [...READS, ...CHANGES]);
  }
});

test("members of the socket's group may read, and change only what they are allowed to", () => {
  assert.deepEqual(allowed(1000, SHARED), READS);
  assert.deepEqual(allowed(1000, { ...SHARED, groupMay: "change" }), [...READS, ...CHANGES]);
  assert.deepEqual(allowed(1000, { ...CLOSED, groupMay: "change" }), [], "there is no group");
});

test("a client without credentials counts as the owner only if no group has access", () => {
  assert.deepEqual(allowed(undefined, CLOSED), [...READS, ...CHANGES]);
  assert.deepEqual(allowed(undefined, SHARED), READS);
});
