/** Where the blocks of an iptables firewall are: in ipsets, or in chains of plain rules. */
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Result } from "../../domain/result.ts";
import type { MemberChange } from "./resolve-changes.ts";
import type { ScopeKey } from "./scope-name.ts";

export interface FailedChange {
  readonly member: MemberChange;
  readonly error: string;
}

export interface BlockStore {
  readonly kind: "sets" | "chains";
  /**
   * Creates what rules of these scopes refer to, and keeps existing blocks. Returns the scopes that hold blocks in the
   * kernel, also those of a former run or a restored ruleset.
   */
  prepare(keys: readonly ScopeKey[]): Promise<Result<readonly ScopeKey[], string>>;
  /** Returns the names of the sets or chains that hold no block. */
  emptyNames(): Promise<readonly string[]>;
  /** Removes what rules of scopes referred to, and no rule refers to any more. What cannot be removed stays. */
  drop(names: readonly string[]): Promise<void>;
  /** Applies changes, and returns those that failed. */
  apply(members: readonly MemberChange[], now: Instant): Promise<readonly FailedChange[]>;
  /** Lists the blocks of these scopes. Throws when they cannot be read. */
  list(keys: readonly ScopeKey[]): Promise<readonly EnforcedBlock[]>;
  /** Returns whether blocks disappeared since the last call that `apply` did not remove. */
  isDisturbed(): Promise<boolean>;
  /** Stops its timers. Blocks stay in force. */
  close(): void;
}
