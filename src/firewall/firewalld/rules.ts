/** Defines the rules with which firewalld drops the packets of our sets: see direct-rules.ts and policy-rules.ts. */
import type { SetKey } from "./set-name.ts";

/** What the kernel holds of ours. Read without firewalld, which does not notice changes by other programs. */
export interface KernelState {
  /** Entries of each set by its name; a set that the kernel lacks is absent. */
  readonly entries: ReadonlyMap<string, ReadonlySet<string>>;
  /** Returns whether the kernel has every rule for this pair of sets. */
  guards(key: SetKey): boolean;
}

/** All methods reject with the error of firewalld or of the program that reads the kernel. */
export interface Rules {
  readonly kind: "direct" | "policy";
  /** Where the rules are: "direct rules at raw PREROUTING". */
  readonly place: string;
  readKernel(): Promise<KernelState>;
  /**
   * Brings the permanent rules to what these pairs of sets need, as far as that is safe before they exist at runtime:
   * a permanent rule that the kernel refuses would make the next reload fail, and leave the host without a firewall.
   */
  beforeReload(keys: readonly SetKey[]): Promise<void>;
  /**
   * Repairs the rules in both configurations, given that the sets exist. "reload": firewalld can only repair them by a
   * reload.
   */
  repair(keys: readonly SetKey[]): Promise<"unchanged" | "repaired" | "reload">;
  /** Removes our rules from the permanent configuration. Returns whether there were any. */
  removePermanent(): Promise<boolean>;
}
