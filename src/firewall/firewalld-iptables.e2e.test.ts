/** Tests the firewalld enforcer against a real firewalld that makes its rules with iptables. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openFirewalld } from "./firewalld.ts";
import { shareFirewalld } from "./firewalld.fixture.ts";
import { startOwnFirewalld } from "./own-firewalld.fixture.ts";
import { testPacketContracts } from "./packets.contract.ts";

const firewalld = await startOwnFirewalld("iptables");
after(() => firewalld[Symbol.asyncDispose]());

testPacketContracts([
  {
    name: "firewalld on iptables",
    ...shareFirewalld({}),
    furtherScopes: 3,
  },
]);

test("it cannot reject there", async () => {
  const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
  const opened = await openFirewalld({ ...options, verdict: "reject" });
  assert.equal(opened.ok, false);
});
