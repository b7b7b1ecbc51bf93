/** Stable JSON of `audit verify`. Each entry's hash covers the entry and the hash before it. */
export interface AuditChainReply {
  readonly intact: boolean;
  /** Number of the first entry that is changed, missing or inserted; null: the chain is intact. */
  readonly broken_at: number | null;
  readonly entries: number | null;
  /** Hash of the newest entry, to keep elsewhere; null: the chain is broken. */
  readonly head: string | null;
  /** Whether the chain contains the head that was asked for; null: none was, or the chain is broken. */
  readonly contains: boolean | null;
}
