/** Tests the firewalld enforcer against a real firewalld, in separate namespaces, with both kinds of rules. */
import { after } from "node:test";
import { testEnforcerContract } from "./enforcer.contract.ts";
import { openFirewalld } from "./firewalld.ts";
import { startOwnFirewalld } from "./own-firewalld.fixture.ts";
import assert from "node:assert/strict";

const firewalld = await startOwnFirewalld();
after(() => firewalld[Symbol.asyncDispose]());

for (const rules of ["direct", "policy"] as const) {
  testEnforcerContract(rules, async (isAllowed) => {
    const opened = await openFirewalld({ ipv6Prefixes: [64], isAllowed, emit: () => {}, rules });
    assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
    const enforcer = opened.value;
    return {
      enforcer,
      release: async () => {
        assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
        await enforcer.close();
      },
    };
  });
}
