/** Explains why a network of which many addresses fail is not banned. */
import { explainRefusal } from "../detect/judgment/subnet-limits.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Jail } from "../jails/jail.ts";
import type { Allow } from "./allow/allow.ts";
import type { GuardedBatch } from "./guards/guarded-batch.ts";

export interface RefusalParts {
  readonly turn: {
    readonly guarded: Pick<GuardedBatch, "findUserIn"> | undefined;
    /** Bans that are decided and not in the book yet, by jail and subject. */
    readonly decided: ReadonlyMap<string, unknown>;
  };
  readonly jail: Jail;
  readonly allow: Pick<Allow, "listOf">;
  readonly book: Pick<BanBook, "ban">;
}

/** Returns why; undefined: it may be banned. */
export function explainSubnetRefusal(parts: RefusalParts, subnet: Subject): string | undefined {
  const { turn, jail, allow } = parts;
  return explainRefusal(subnet, {
    allowedBy: allow.listOf(jail.name).covers(subnet),
    user: turn.guarded?.findUserIn(subnet, jail.config.key_login),
    banned: bannedOf(parts),
  });
}

/** Returns the networks that the jail bans as such now, and drops the others. */
function bannedOf({ turn, book, jail }: RefusalParts): readonly Subject[] {
  for (const subnet of jail.bannedSubnets)
    if (!turn.decided.has(`${jail.name} ${subnet}`) && book.ban(jail.name, subnet) === undefined)
      jail.bannedSubnets.delete(subnet);
  return [...jail.bannedSubnets];
}
