import assert from "node:assert/strict";
import test from "node:test";
import { type AccessRules, isOwner, mayAsk, type Peer } from "./access.ts";

const READS = [
  ...[
    "status",
    "doctor",
    "drift",
    "bans",
    "find_bans",
    "campaigns",
    "quality",
    "metrics",
    "breakers",
    "why",
    "allowed",
    "history",
    "audit",
    "verify_audit",
  ],
  ...["version", "follow"],
] as const;
const OPERATIONS = [
  ...["ban", "unban", "undo_unban", "allow", "disallow", "reset_breaker", "verify", "add_rule"],
  ...["acknowledge", "reset_quality"],
] as const;
const CHANGES = [...OPERATIONS, "take_over", "reload", "stop", "support", "check"] as const;

function peer(uid: number | undefined): Peer {
  const credentials = uid === undefined ? undefined : { pid: 1, uid, gid: 0 };
  return { credentials, who: "somebody" };
}

const CLOSED: AccessRules = { ownUid: 990, shared: false, operator: undefined };
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

test("members of the socket's group may read, and its operator may change bans", () => {
  const operated: AccessRules = { ...SHARED, operator: 1000 };
  assert.deepEqual(allowed(1000, SHARED), READS);
  assert.deepEqual(allowed(1001, operated), READS);
  assert.deepEqual(allowed(1000, operated), [...READS, ...OPERATIONS]);
  assert.deepEqual(allowed(1000, { ...CLOSED, operator: 1000 }), [], "there is no group");
});

test("a client without credentials counts as the owner only if no group has access", () => {
  assert.deepEqual(allowed(undefined, CLOSED), [...READS, ...CHANGES]);
  assert.deepEqual(allowed(undefined, SHARED), READS);
});
