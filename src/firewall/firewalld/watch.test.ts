import assert from "node:assert/strict";
import { test } from "node:test";
import { isForeign } from "./watch.ts";

function line(member: string, ...data: readonly string[]): string {
  return JSON.stringify({ type: "signal", member, payload: { type: "ss", data } });
}

test("only changes that this process did not make are foreign", () => {
  let own = 1;
  const structure = {
    entries: new Map([["bailiff-v4-32-a", new Set(["192.0.2.1"])]]),
    takeOwnReload: () => own-- > 0,
  };
  const outcomes = [
    line("EntryAdded", "bailiff-v4-32-a", "192.0.2.1"),
    line("EntryAdded", "bailiff-v4-32-a", "192.0.2.2"),
    line("EntryRemoved", "bailiff-v4-32-a", "192.0.2.1"),
    line("EntryRemoved", "bailiff-v4-32-a", "192.0.2.2"),
    line("EntryAdded", "others", "192.0.2.2"),
    line("Reloaded"),
    line("Reloaded"),
    line("RuleRemoved", "ipv4", "-m set --match-set bailiff-v4-32-a src"),
    line("RuleRemoved", "ipv4", "-j ACCEPT"),
    line("Removed", "bailiff-v4-32-a"),
    line("NameOwnerChanged", "org.fedoraproject.FirewallD1"),
    "no JSON",
  ].map((text) => isForeign(text, structure));
  assert.deepEqual(outcomes, [
    ...[false, true, true, false, false],
    ...[false, true, true, false, true, true, false],
  ]);
});
