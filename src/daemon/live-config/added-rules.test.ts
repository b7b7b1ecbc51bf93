import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { addedRules } from "./added-rules.ts";

function jailOf(name: string, ...rules: readonly string[]): Pick<LiveJail, "definition"> {
  const definition = { name, rules: rules.map((id) => ({ id })) };
  return { definition } as unknown as Pick<LiveJail, "definition">;
}

test("names rules that are new in a filter that was in use before", () => {
  const before = [jailOf("sshd", "a", "b"), jailOf("nginx", "c")];
  const now = [jailOf("sshd", "a", "new", "b"), jailOf("nginx"), jailOf("exim", "d")];
  assert.deepEqual(addedRules(before, now), ["sshd: new"]);
  assert.deepEqual(addedRules(now, now), []);
  const many = [jailOf("nginx", "1", "2", "3", "4", "5", "6", "7")];
  assert.deepEqual(addedRules(before, many), ["nginx: 1, 2, 3, 4, 5 and 2 more rules"]);
});
