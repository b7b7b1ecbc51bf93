/** Whether bailiff can use nf_tables: a kernel with it, permission, and a program or library to change it. */
export type NftablesSupport =
  | { readonly usable: true }
  | { readonly usable: false; readonly why: string };

/** What a host uses to filter packets, beside bailiff. */
export interface FirewallUse {
  readonly nftables: NftablesSupport;
  /** nftables tables of other programs, such as "inet filter", without those of iptables; undefined: not readable. */
  readonly tables: readonly string[] | undefined;
  /** Tables that iptables keeps in nf_tables, such as "ip filter", with rules of others. */
  readonly iptablesNft: readonly string[];
  /** Tables of the legacy iptables in the kernel, such as "filter", with rules of others. */
  readonly iptablesLegacy: readonly string[];
  /** Whether the command `iptables` is installed. */
  readonly hasIptables: boolean;
  readonly firewalld: boolean;
  readonly ufw: boolean;
  /** Whether Docker's chains exist. */
  readonly docker: boolean;
}
