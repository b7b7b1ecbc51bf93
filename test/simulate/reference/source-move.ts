import type { JailPolicy } from "../happenings.ts";
import type { LoginRecord } from "./login-records.ts";
import { BAN_WITHIN, SLACK } from "./promises.ts";
import type { World } from "./world.ts";

/** What a jail that moves to another source must keep and get. */
export interface SourceMove {
  /** Whether it has read the line of this failure where it was, or can read it where it is now. */
  keeps(failure: { readonly id: number | undefined; readonly readableAt: number }): boolean;
  /** Whether the line came after the last one that it read, and is readable where the jail is now. */
  gets(record: LoginRecord): boolean;
}

/**
 * Returns undefined unless the jail moved while the daemon ran, and nothing else of it changed. Sources: CHANGELOG.md,
 * Fixed; docs/operating.md, From a file to the journal.
 */
export function openMove(world: World, { name, source }: JailPolicy): SourceMove | undefined {
  const former = world.movedJails.get(name);
  if (former === undefined) return undefined;
  const wellSince = Math.max(world.runningSince, world.sources.troubledUntil(former, world.now));
  const wasRead = (readableAt: number): boolean =>
    world.now - Math.max(readableAt, wellSince) > BAN_WITHIN;
  let lastRead = -Infinity;
  for (const { readIn, login } of world.logins.values())
    if (readIn.has(name)) lastRead = Math.max(lastRead, login.at);
  return {
    keeps: ({ id, readableAt }) =>
      wasRead(readableAt) ||
      (id !== undefined && world.logins.get(id)?.readableIn.has(source) === true),
    gets: ({ login, readableIn }) => login.at > lastRead + SLACK && readableIn.has(source),
  };
}
