/** The firewall link: the kernel holds what the book says, as it was last read back. */
import type { Proof } from "../domain/proof.ts";
import type { Firewall } from "./firewall.ts";
import type { JailCheck } from "./jail-check.ts";

export function createFirewallCheck(firewall: Firewall): JailCheck {
  return {
    name: "firewall",
    proofs({ live }, now): readonly Proof[] {
      const link = "firewall";
      if (live.jail.config.enforcer === "memory")
        return [{ kind: "unproven", link, evidence: "it only observes, by choice" }];
      if (firewall.missing !== undefined) {
        const fix = "run it as root, or with CAP_NET_ADMIN, on a kernel with nftables";
        const evidence = firewall.missing;
        return [{ kind: "found", link, cause: "firewall-missing", evidence, at: now, fix }];
      }
      const trouble = firewall.enforcement.trouble();
      if (trouble !== undefined) {
        const fix = "it is tried again by itself; bailiff bans shows what is pending and why";
        return [
          { kind: "found", link, cause: "firewall-trouble", evidence: trouble, at: now, fix },
        ];
      }
      const readBack = firewall.enforcement.readBack();
      if (readBack === undefined)
        return [{ kind: "unproven", link, evidence: "it was not read back yet" }];
      const evidence = `${readBack.blocks} blocks read back from ${firewall.name}, as the book has them`;
      return [{ kind: "proven", link, evidence, at: readBack.at }];
    },
  };
}
