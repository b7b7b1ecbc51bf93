/** Explains why iptables or ipset cannot be used at all, and how to fix it. */
import type { Unusable } from "../nftables.ts";

export function explainUnusable(error: string): Unusable {
  if (/xtables\.lock/.test(error))
    return {
      reason: `the lock of legacy iptables cannot be used (${error})`,
      fix: "let the service write it: ReadWritePaths=/run/xtables.lock in its unit, and the file must exist",
    };
  if (/not permitted|permission denied|must be root/i.test(error))
    return {
      reason: `no permission to change the firewall (${error})`,
      fix: "run it as root or with CAP_NET_ADMIN; in a container with --cap-add NET_ADMIN --network host",
    };
  if (/Parsing nftables rule failed|is incompatible, use 'nft' tool/.test(error))
    return {
      reason: `the table "filter" has rules that iptables cannot read, because another program made them with nft (${error})`,
      fix: 'set enforcer = "nftables"',
    };
  if (/Table does not exist|Protocol not supported|No such file or directory/i.test(error))
    return {
      reason: `the kernel offers no such tables (${error})`,
      fix: 'load the modules with "modprobe -a iptable_filter ip6table_filter" for legacy iptables or "modprobe -a nf_tables nft_compat" otherwise, in a container on the host; or set variant to the other one',
    };
  if (/ipset|set type|match "?set|xt_set|Cannot open session to kernel/i.test(error))
    return {
      reason: `the kernel offers no ipsets (${error})`,
      fix: 'load the modules with "modprobe -a ip_set ip_set_hash_net xt_set", in a container on the host; or set ipset = false',
    };
  return { reason: `iptables refuses to work: ${error}`, fix: "iptables-save shows the rules" };
}
