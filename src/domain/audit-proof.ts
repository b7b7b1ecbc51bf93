/**
 * `head` is the hash of the newest entry. A copy of it kept elsewhere also reveals that the whole chain was rewritten.
 */
export type AuditProof =
  | {
      readonly intact: true;
      readonly entries: number;
      /** Hash of the newest entry, which depends on all before it. */
      readonly head: string;
      /** Whether a hash that was asked for is that of an entry, or of the last one that was removed because of its age. */
      readonly containsSaved: boolean;
    }
  | { readonly intact: false; readonly brokenAt: number };
