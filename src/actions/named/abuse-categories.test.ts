import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { abuseCategories } from "./abuse-categories.ts";

async function filterNamed(name: string): Promise<FilterDefinition> {
  const { filters } = await (await openLibrary([])).read([name]);
  return filters.get(name) ?? assert.fail(name);
}

/** A shipped filter, the mode of a rule, and the categories of bans by it. */
const CASES: readonly (readonly [filter: string, mode: string, categories: readonly number[]])[] = [
  ["sshd", "normal", [18, 22]],
  ["sshd", "aggressive", [14, 22]],
  ["vsftpd", "normal", [5, 18]],
  ["nextcloud", "normal", [18, 21]],
  ["access-log", "abuse", [21]],
  ["postfix", "normal", [18]],
  ["postfix", "abuse", [11]],
  ["netfilter", "abuse", [14]],
  // Which of its services was attacked is not known.
  ["cisco-ios", "normal", [18]],
  ["mysql", "normal", [18]],
  ["suricata", "abuse", [15]],
  // The source of a query can be forged.
  ["bind", "abuse", []],
];

for (const [name, mode, categories] of CASES) {
  test(`a ban by a rule of mode ${mode} of ${name} has the categories ${categories.join()}`, async () => {
    const filter = await filterNamed(name);
    const rule = filter.rules.find((one) => one.mode === mode && one.is === "failure");
    assert.ok(rule !== undefined);
    assert.deepEqual(abuseCategories(filter, rule.id), categories);
  });
}

test("a filter may name its categories, and an unknown rule is one of failed logins", async () => {
  const filter = { ...(await filterNamed("sshd")), abuse_categories: { normal: [18] } };
  assert.deepEqual(abuseCategories(filter, "failed-password"), [18]);
  assert.deepEqual(abuseCategories(filter, "gone"), [18]);
});
