/** One link of a jail, in replies of `status` and `doctor`. */

/** Stable JSON of one link. `at`: when the check last passed (proven) or failed (found). */
export interface LinkReply {
  readonly link: string;
  readonly verdict: "proven" | "found" | "unproven";
  readonly cause: string | null;
  readonly evidence: string;
  readonly at: string | null;
  readonly fix: string | null;
}
