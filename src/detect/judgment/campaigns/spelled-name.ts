/**
 * Compares spellings of one account: many services accept another case, and a name with or without a domain
 * (`alice@example.org`, `EXAMPLE\alice`). Names of different domains are different accounts.
 */
import { plainName } from "../resembling-names.ts";

interface Domains {
  /** Before a backslash. */
  readonly windows: string | undefined;
  /** Behind an at sign. */
  readonly mail: string | undefined;
}

/** Returns whether two names may be spellings of one account. */
export function areSpellings(a: string, b: string): boolean {
  if (plainName(a) !== plainName(b)) return false;
  const [one, other] = [domainsOf(a), domainsOf(b)];
  return agree(one.windows, other.windows) && agree(one.mail, other.mail);
}

/** Returns the name without a domain in lower case, if it has one. */
export function withoutDomain(name: string): string | undefined {
  const { windows, mail } = domainsOf(name);
  return windows === undefined && mail === undefined ? undefined : plainName(name);
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function domainsOf(name: string): Domains {
  const lower = name.toLowerCase();
  const backslash = lower.lastIndexOf("\\");
  const at = lower.indexOf("@", backslash + 1);
  return {
    windows: backslash < 0 ? undefined : lower.slice(0, backslash),
    mail: at < 0 ? undefined : lower.slice(at + 1),
  };
}
