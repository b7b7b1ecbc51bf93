/** Describes bans for scripts and people. */
import { blocksOf, packetsOf } from "../../firewall/enforcer-block.ts";
import type { BookedBan } from "../../domain/ban.ts";
import type { PastBan } from "../../domain/ban-book.ts";
import type { BanQuery } from "../../domain/ban-query.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { formatInstant, type Until } from "../../domain/instant.ts";
import { OBSERVED } from "../../domain/port-scope.ts";
import { banMeansOf } from "../../jails/ban-means.ts";
import type { BanReply, FoundBansReply, PastBanReply } from "../ban-messages.ts";
import type { Commands } from "../messages.ts";
import type { IgnoredReply } from "../status-messages.ts";
import { inPages } from "../paged-list.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { IgnoredOffender } from "../../pipeline/ignored-offenses.ts";

/** Number of bans in a page; describing them blocks the event loop for about 5 ms. */
const PAGE_LENGTH = 250;

/** Describes all bans page by page. A page is read after the page before it was sent. */
export async function* describeAllBans(
  daemon: Daemon,
  bans: Iterable<BookedBan>,
): AsyncGenerator<readonly BanReply[]> {
  for await (const page of inPages(bans, PAGE_LENGTH)) yield await describeBans(daemon, page);
}

/** Describes one page of the bans that match. A search that is an address or network selects what overlaps it. */
export async function describeFoundBans(
  daemon: Daemon,
  { search = "", ...query }: Omit<Commands["find_bans"]["in"], "jail"> & Pick<BanQuery, "jail">,
): Promise<FoundBansReply> {
  const near = parseSubject(search.trim());
  const text = near === undefined && search.trim() !== "" ? search.trim() : undefined;
  const { sort = "from", descending = false, offset = 0 } = query;
  const { found, bans } = await daemon.book.findBans({
    ...query,
    near,
    text,
    sort,
    descending,
    offset,
  });
  return { found, bans: await describeBans(daemon, bans) };
}

/** Describes bans; reads their packet counts from the firewall together. */
export async function describeBans(
  daemon: Daemon,
  bans: readonly BookedBan[],
): Promise<readonly BanReply[]> {
  const subjects = [...new Set(bans.map(({ subject }) => subject))];
  const counted = subjects.length === 0 ? [] : await daemon.firewall.count(subjects);
  const blocks = Map.groupBy(counted, ({ subject }) => subject);
  const acting = new Set(
    daemon.jails.flatMap(({ jail: { name, config } }) =>
      banMeansOf(config) === "actions" ? [name] : [],
    ),
  );
  return bans.map((ban) => ({
    subject: ban.subject,
    jail: ban.jail,
    from: formatInstant(ban.from),
    until: formatUntil(ban.until),
    origin: ban.origin,
    reason: ban.reason,
    state: ban.scope === OBSERVED ? (acting.has(ban.jail) ? "actions" : "observed") : ban.state,
    packets: packetsOf(blocksOf(ban, blocks.get(ban.subject) ?? [])) ?? null,
    ports: ban.scope,
    error: explainGaps(daemon, ban) ?? null,
    missing_in: ban.gaps.map(({ enforcer }) => enforcer),
  }));
}

/** Explains why a ban is not enforced; undefined: no reason is known. Names the enforcers if the jail has several. */
export function explainGaps(daemon: Daemon, { jail, gaps }: BookedBan): string | undefined {
  const isOnly = daemon.firewall.enforcersFor(jail).length < 2;
  const errors = gaps.flatMap(({ enforcer, error }) => {
    if (isOnly) return error ?? [];
    return `${enforcer}: ${error ?? "not confirmed yet"}`;
  });
  return errors.length === 0 ? undefined : errors.join("; ");
}

export function formatUntil(until: Until): string | null {
  return until === "forever" ? null : formatInstant(until);
}

export function describePastBan(ban: PastBan): PastBanReply {
  return {
    subject: ban.subject,
    jail: ban.jail,
    from: formatInstant(ban.from),
    until: formatUntil(ban.until),
    ended: formatInstant(ban.ended),
    why: ban.why,
    counts: ban.counts,
    by: ban.by,
    note: ban.note,
    reason: ban.reason,
    origin: ban.origin,
  };
}

export function describeIgnored({ firstAt, lastAt, ...offender }: IgnoredOffender): IgnoredReply {
  return { ...offender, first_at: formatInstant(firstAt), last_at: formatInstant(lastAt) };
}
