import assert from "node:assert/strict";
import { test } from "node:test";
import { createAllowList } from "../../detect/allow-list.ts";
import { ALWAYS_EXEMPT } from "../../detect/always-exempt.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { removableEntries } from "./removable-entries.ts";

const ADDED = ["192.0.2.7", "192.0.2.8"].map((text) => ({ subject: literalSubject(text) }));

function removable(text: string, ignoreip: readonly string[] = []): readonly string[] {
  const named = [...ADDED, ...ignoreip.map((entry) => ({ subject: literalSubject(entry) }))];
  const entries = named.map((one) => ({ ...one, because: "" }));
  const list = createAllowList([...ALWAYS_EXEMPT, ...entries]);
  return removableEntries(literalSubject(text), list, ADDED);
}

test("removing entries is proposed only when nothing else exempts the subject", () => {
  assert.deepEqual(removable("192.0.2.7"), ["192.0.2.7"]);
  assert.deepEqual(removable("192.0.2.0/24"), ["192.0.2.7", "192.0.2.8"]);
  assert.deepEqual(removable("198.51.100.1"), []);
  // It contains 127.0.0.0/8 as well, which no command removes.
  assert.deepEqual(removable("0.0.0.0/0"), []);
  assert.deepEqual(removable("192.0.2.7", ["192.0.2.7"]), []);
  assert.deepEqual(removable("192.0.2.7", ["192.0.2.0/24"]), []);
});
