/** A jail that is being converted: the lines of its configuration so far, and notes about it. */
import type { Fail2banJail } from "../read-directory.ts";

/** changed: it works in another way. left: it has no effect here. */
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
  /** The jail cannot run with it. */
  readonly wrong: (key: string, got: string, expected: string) => void;
  /** It does not mean what its author thinks; `hint` explains it. */
  readonly doubt: (key: string, got: string, expected: string, hint: string) => void;
  /** It cannot be used: `instead` is. fail2ban does not start with it either, unless `stops` is false. */
  readonly unusable: (
    key: string,
    got: string,
    expected: string,
    instead: string,
    stops?: boolean,
  ) => void;
}
