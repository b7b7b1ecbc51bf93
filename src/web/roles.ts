/** Defines what a user of the dashboard may do. */
export const ROLES = ["read-only", "operator"] as const;

/** operator: may also ban, unban and exempt, if the daemon lets this process do so. */
export type Role = (typeof ROLES)[number];

/** A user who has logged in. */
export interface WebUser {
  /** For the audit. */
  readonly name: string;
  readonly role: Role;
  /** A proxy named the user. */
  readonly isProxied?: true;
}

/** Matches names of users: they are written into the audit log, so they have no blanks and no control characters. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;

export const NAME_FORM =
  'letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit, at most 64';

export function isUserName(text: string): boolean {
  return NAME.test(text);
}
