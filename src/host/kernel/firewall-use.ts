/**
 * Reads what this host uses to filter packets: whether nf_tables works, the tables of other programs in both kernel
 * interfaces, and the front ends that are active. Never reads rules or sets, which may be many.
 */
import { constants } from "node:os";
import type { FirewallUse, NftablesSupport } from "../../domain/firewall-use.ts";
import { parseJson } from "../../domain/json.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";
import { findRunningPrograms } from "../process/running-programs.ts";
import { readText } from "../read-or-empty.ts";
import { reasonOf } from "../explain-system-error.ts";
import { readGeneration } from "./early-hooks.ts";
import { openLibnftables } from "./libnftables.ts";
import { loadNetlink } from "./netlink-socket.ts";
import { sharesNetwork } from "./network-of.ts";

const LIMIT_MS = 5000;
/** Names of the tables that iptables-nft creates, in the families ip and ip6. */
const IPTABLES_TABLE = /^ip6? (?:filter|nat|mangle|raw|security)$/;

/** Asks the kernel for its ruleset's generation, which takes less than a millisecond. */
export async function readNftablesSupport(): Promise<NftablesSupport> {
  const netlink = await loadNetlink();
  // Without the native library, only the program can tell.
  if (netlink.ok) {
    try {
      await readGeneration(netlink.value);
    } catch (error) {
      const why = reasonOf(error);
      // A missing permission says nothing about the kernel.
      if (!why.endsWith(`errno ${constants.errno.EPERM}`))
        return { usable: false, why: `this kernel has no nf_tables: ${why}` };
    }
  }
  if (findProgram("nft") !== undefined) return { usable: true };
  const library = await openLibnftables();
  if (!library.ok) return { usable: false, why: `no nft is installed, and ${library.error}` };
  library.value.close();
  return { usable: true };
}

/** Reads everything; takes a few milliseconds and a child process. `ownTable`: bailiff's nftables table. */
export async function readFirewallUse(ownTable: string): Promise<FirewallUse> {
  const [nftables, chains] = await Promise.all([readNftablesSupport(), listChains()]);
  const others = chains?.filter(({ table }) => table !== `inet ${ownTable}`);
  const tables = [...new Set(others?.map(({ table }) => table))];
  const legacy = ["ip_tables_names", "ip6_tables_names"].flatMap((file) =>
    readText(`/proc/net/${file}`).split("\n").filter(Boolean),
  );
  return {
    nftables,
    tables:
      others === undefined ? undefined : tables.filter((table) => !IPTABLES_TABLE.test(table)),
    iptablesNft: tables.filter((table) => IPTABLES_TABLE.test(table)),
    iptablesLegacy: [...new Set(legacy)],
    hasIptables: findProgram("iptables") !== undefined,
    firewalld: findRunningPrograms(["firewalld"]).some(({ pid }) => sharesNetwork(pid) !== false),
    ufw: /^ENABLED=yes/im.test(readText("/etc/ufw/ufw.conf")),
    docker: others?.some(({ chain }) => chain === "DOCKER-USER") === true,
  };
}

interface ChainName {
  /** Family and name. */
  readonly table: string;
  readonly chain: string;
}

async function listChains(): Promise<readonly ChainName[] | undefined> {
  const nft = findProgram("nft");
  if (nft === undefined) return undefined;
  const argv = [nft, "-j", "list", "chains"];
  const { ok, output } = await runProgram({ argv, input: "", timeoutMilliseconds: LIMIT_MS });
  return ok ? chainsIn(parseJson(output)) : undefined;
}

/** Reads the output of `nft -j list chains`. */
export function chainsIn(listing: unknown): readonly ChainName[] | undefined {
  if (typeof listing !== "object" || listing === null || !("nftables" in listing)) return undefined;
  const { nftables } = listing;
  if (!Array.isArray(nftables)) return undefined;
  return nftables.flatMap((item: unknown) => {
    if (typeof item !== "object" || item === null || !("chain" in item)) return [];
    const { chain } = item;
    if (typeof chain !== "object" || chain === null) return [];
    if (!("family" in chain && "table" in chain && "name" in chain)) return [];
    return [{ table: `${String(chain.family)} ${String(chain.table)}`, chain: String(chain.name) }];
  });
}
