/** A jail during its conversion: the lines of its configuration so far, and notes about it. */
import type { Fail2banJail } from "../read-directory.ts";

/** changed: the option works differently in bailiff. left: it has no effect in bailiff. */
export interface Note {
  readonly jail: string;
  readonly kind: "changed" | "left";
  readonly text: string;
}

export interface Draft {
  readonly jail: Fail2banJail;
  readonly directory: string;
  readonly lines: string[];
  readonly note: (kind: Note["kind"], text: string) => void;
  /** Reports a value because of which the jail cannot run. */
  readonly wrong: (key: string, got: string, expected: string) => void;
  /** Reports a value that probably does not mean what its author intended; `hint` explains it. */
  readonly doubt: (key: string, got: string, expected: string, hint: string) => void;
  /**
   * Reports an invalid value, instead of which `instead` is used. `stops`: fail2ban does not start with the value (the
   * default).
   */
  readonly unusable: (
    key: string,
    got: string,
    expected: string,
    instead: string,
    stops?: boolean,
  ) => void;
}
