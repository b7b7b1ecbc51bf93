/**
 * Inspects the programs of jails that have been quiet. It finds which run, whether a process receives what they send to
 * /dev/log, and whether journald stores it.
 */
import type { Instant } from "../../../domain/instant.ts";
import { JOURNALD, journalStores } from "../../../host/logs/journal-storage.ts";
import { receivesForwarded, receivesSyslog } from "../../../host/logs/receives-syslog.ts";
import {
  findRunningPrograms,
  type RunningProgram,
} from "../../../host/process/running-programs.ts";
import { QUIET_MS } from "../../judge/place-facts.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { isLocal, SYSLOG_DAEMONS } from "./other-views.ts";

/** Directory by which programs of this host are recognized: in a container it is another one. */
const RUN = "/run";

export interface ProgramLook {
  readonly quiet: readonly WatchedJail[];
  /** Programs of quiet jails, syslog daemons and journald. */
  readonly running: readonly RunningProgram[];
  /** Whether journald stores what it receives; undefined: unknown. */
  readonly stores: boolean | undefined;
  /** Whether the syslog lines of a jail's program are received, by jail; no entry if no program runs. */
  readonly received: ReadonlyMap<WatchedJail, boolean | undefined>;
}

/** Searches processes only if a jail is quiet: its file (see `isQuietFile`) or the system's journal. */
export async function lookAtPrograms(
  jails: readonly WatchedJail[],
  isQuietFile: (watched: WatchedJail) => boolean,
  now: Instant,
): Promise<ProgramLook> {
  const quiet = jails.filter(
    (watched) => watched.live.search.source?.kind === "file" && isQuietFile(watched),
  );
  const isAnyQuiet = quiet.length > 0 || jails.some((watched) => isQuietJournal(watched, now));
  const names = quiet.flatMap(({ live }) => live.definition.programs);
  const running = isAnyQuiet
    ? findRunningPrograms([...new Set([...names, ...SYSLOG_DAEMONS, JOURNALD])])
    : [];
  const journald = running.filter((one) => one.program === JOURNALD && isLocal(one, RUN));
  const stores = journalStores(journald.map(({ pid }) => pid));
  const received = new Map<WatchedJail, boolean | undefined>();
  for (const watched of quiet) {
    const [own] = ownPrograms(watched, running);
    if (own !== undefined) received.set(watched, await isReceived(own, stores));
  }
  return { quiet, running, stores, received };
}

/** Returns the jail's programs that run on this host, not in a container. */
export function ownPrograms(
  { live }: WatchedJail,
  running: readonly RunningProgram[],
): readonly RunningProgram[] {
  return running.filter(
    (one) => live.definition.programs.includes(one.program) && isLocal(one, RUN),
  );
}

async function isReceived(
  { pid }: RunningProgram,
  stores: boolean | undefined,
): Promise<boolean | undefined> {
  const reached = await receivesSyslog(pid);
  // If journald does not store entries, they arrive only where it forwards them.
  return reached === true && stores === false ? await receivesForwarded() : reached;
}

/** Reports whether a jail reads the system's journal and had no line for a while. */
function isQuietJournal({ live }: WatchedJail, now: Instant): boolean {
  const { source } = live.search;
  if (source?.kind !== "journal" || source.directory !== undefined) return false;
  return live.jail.lastLineAt === undefined || live.jail.lastLineAt < now - QUIET_MS;
}
