/** What `check` answers. */
import type { Problem } from "../domain/problem.ts";

/** Contract. What the configuration on disk is worth. */
export interface CheckReply {
  /** Nothing in it is wrong. */
  readonly ok: boolean;
  /** Whether a reload takes it. Also true where only jails of a fail2ban directory are wrong, which are left out. */
  readonly usable: boolean;
  /** What keeps a reload from taking it, or a jail of a fail2ban directory from running. */
  readonly problems: readonly Problem[];
  /** What is valid and yet unwise. */
  readonly warnings: readonly {
    /** null: it is about no single jail. */
    readonly jail: string | null;
    readonly doubt: string;
    readonly fix: string;
  }[];
  /** With a fail2ban directory only. */
  readonly fail2ban?: {
    /** changed: it means something else here. left: it has no effect here. */
    readonly notes: readonly {
      readonly jail: string;
      readonly kind: "changed" | "left";
      readonly text: string;
    }[];
    /** Mistakes in its files that leave out no jail. */
    readonly warnings: readonly Problem[];
  };
}
