/** The reply of `check`. */
import type { Problem } from "../domain/problem.ts";

/** Contract. Whether the configuration on disk is valid. */
export interface CheckReply {
  /** Nothing in it is wrong. */
  readonly ok: boolean;
  /** Whether a reload accepts it. Also true if only jails of a fail2ban directory are invalid: those are left out. */
  readonly usable: boolean;
  /** Errors that make a reload fail, or keep a jail of a fail2ban directory from running. */
  readonly problems: readonly Problem[];
  /** Settings that are valid but probably not intended. */
  readonly warnings: readonly {
    /** null: the warning is not about a single jail. */
    readonly jail: string | null;
    readonly doubt: string;
    readonly fix: string;
  }[];
  /** Only with a fail2ban directory. */
  readonly fail2ban?: {
    /** changed: the setting has a different meaning in bailiff. left: it has no effect in bailiff. */
    readonly notes: readonly {
      readonly jail: string;
      readonly kind: "changed" | "left";
      readonly text: string;
    }[];
    /** Mistakes in its files because of which no jail was left out. */
    readonly warnings: readonly Problem[];
  };
}
