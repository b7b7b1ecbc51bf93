/** Lists the kinds of enforcers that an administrator can configure. A new kind needs one file here. */
import type { Settings, ValuesOf } from "../setting.ts";
import { COMMAND } from "./command.ts";
import { EDGE } from "./edge.ts";
import { FILE } from "./file.ts";
import { IPTABLES } from "./iptables.ts";
import { FIREWALLD } from "./firewalld.ts";
import { NFTABLES } from "./nftables.ts";
import { NFTABLES_SET } from "./nftables-set.ts";
import { ROUTE } from "./route.ts";

export interface EnforcerKeys {
  /** What an enforcer of this kind is, for the reference page. */
  readonly meaning: string;
  readonly keys: Settings;
  /**
   * Keys that decide where the blocks are. Two enforcers of a kind with the same values here would delete each other's
   * blocks, and a change of one of them moves the blocks.
   */
  readonly place: readonly string[];
}

export const ENFORCER_KINDS: {
  readonly nftables: typeof NFTABLES;
  readonly "nftables-set": typeof NFTABLES_SET;
  readonly iptables: typeof IPTABLES;
  readonly firewalld: typeof FIREWALLD;
  readonly route: typeof ROUTE;
  readonly file: typeof FILE;
  readonly command: typeof COMMAND;
  readonly edge: typeof EDGE;
} = {
  nftables: NFTABLES,
  "nftables-set": NFTABLES_SET,
  iptables: IPTABLES,
  firewalld: FIREWALLD,
  route: ROUTE,
  file: FILE,
  command: COMMAND,
  edge: EDGE,
};

export type EnforcerKind = keyof typeof ENFORCER_KINDS;

export type EnforcerConfig = {
  readonly [kind in EnforcerKind]: {
    /** The name by which jails refer to it. */
    readonly name: string;
    readonly kind: kind;
    /** Identifies what holds its blocks, whatever its name: its kind and the settings that decide where they are. */
    readonly place: string;
    readonly settings: ValuesOf<(typeof ENFORCER_KINDS)[kind]["keys"]>;
  };
}[EnforcerKind];

export function isEnforcerKind(name: string): name is EnforcerKind {
  return Object.hasOwn(ENFORCER_KINDS, name);
}
