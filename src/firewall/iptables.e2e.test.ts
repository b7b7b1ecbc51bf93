/** Tests the iptables enforcer against a real kernel, in a separate network: both variants, with and without ipset. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { testEnforcerContract } from "./enforcer.contract.ts";
import { testEnforcerSequences } from "./enforcer-sequences.contract.ts";
import {
  IPTABLES_KINDS,
  openTestIptables,
  releaseEnforcer,
  removeRulesAndSets,
} from "./iptables.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

for (const { name, options } of IPTABLES_KINDS) {
  testEnforcerContract(name, async (isAllowed) => {
    const enforcer = await openTestIptables({ ...options, isAllowed });
    return { enforcer, release: () => releaseEnforcer(enforcer) };
  });

  const both = (args: string): void => {
    for (const command of ["iptables", "ip6tables"])
      shell(`${command}-${options.variant} -w 10 ${args}`);
  };
  testEnforcerSequences({
    name,
    open: () => openTestIptables(options),
    clean: async () => releaseEnforcer(await openTestIptables(options)),
    damages: {
      "iptables -F": () => both("-F"),
      "iptables -F, -X": () => {
        both("-F");
        both("-X");
      },
      "a rule before ours": () => both("-I INPUT -j ACCEPT"),
      "an accept among ours": () => both("-I bailiff -j ACCEPT || true"),
      "ipset flush": () => shell("ipset flush"),
      "ipset destroy": () => shell(removeRulesAndSets(options.variant)),
      "foreign elements": () =>
        shell(
          "ipset -exist add bailiff4-all 192.0.2.77; ipset -exist add bailiff4-all 192.0.2.1 nomatch; true",
        ),
    },
  });
}

function shell(command: string): void {
  execFileSync("sh", ["-c", command], { stdio: ["ignore", "ignore", "pipe"] });
}
