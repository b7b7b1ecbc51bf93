/** Defines the reply of `check`. */
import type { Problem } from "../domain/problem.ts";

/** Stable JSON of `check`: whether the configuration on disk is valid. */
export interface CheckReply {
  /** Whether nothing in it is wrong. */
  readonly ok: boolean;
  /** Whether a reload accepts it. Also true if only jails of a fail2ban directory, or enforcers, are invalid: those are left out. */
  readonly usable: boolean;
  /** Errors that make a reload fail, or keep a jail of a fail2ban directory or an enforcer from working. */
  readonly problems: readonly Problem[];
  /** Settings that are valid but probably not intended. */
  readonly warnings: readonly {
    /** null: the warning concerns no single jail. */
    readonly jail: string | null;
    readonly doubt: string;
    readonly fix: string;
  }[];
  /** Only if a fail2ban directory is configured. */
  readonly fail2ban?: {
    /** changed: the setting has a different meaning in bailiff. left: it has no effect in bailiff. */
    readonly notes: readonly {
      readonly jail: string;
      readonly kind: "changed" | "left";
      readonly text: string;
    }[];
    /** Mistakes in fail2ban's files that do not prevent a jail from running. */
    readonly warnings: readonly Problem[];
  };
}
