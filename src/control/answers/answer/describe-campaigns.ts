/** Answers `campaigns`: the campaigns of the last 30 days, or one with its members. */
import { describeCompromises } from "../suspected-compromises.ts";
import type { CampaignReply } from "../../campaign-messages.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import type { Campaign } from "../../../detect/judgment/campaign.ts";
import { createAllowList } from "../../../detect/allow-list.ts";
import { CodedError } from "../../../domain/errors.ts";
import { formatInstant, type Instant, instant } from "../../../domain/instant.ts";
import { describeSign, describeTie, isBanOf } from "../../../pipeline/describe-campaign.ts";

const HOUR_MS = 3_600_000;

export function describeCampaigns(
  daemon: Daemon,
  name: string | undefined,
  now: Instant,
): readonly CampaignReply[] {
  const all = daemon.campaigns.list();
  if (name === undefined) return all.map((one) => describeSummary(daemon, one, now));
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return [describeCampaign(daemon, found, now)];
  throw new CodedError("bad-input", `no campaign "${name}" in the last 30 days`, {
    hint: "bailiff campaigns lists them",
  });
}

function describeSummary(daemon: Daemon, campaign: Campaign, now: Instant): CampaignReply {
  const { name, jail, beganAt, foundAt, endedAt, signs, sources, tries } = campaign;
  const { members, otherTries } = campaign;
  const bans = Iterator.from(daemon.book.activeBans({ jail })).filter((ban) => isBanOf(ban, name));
  return {
    ...{ name, jail, sources, tries, targets: [], members: [], growth: [] },
    began: formatInstant(beganAt),
    found: formatInstant(foundAt),
    ended: endedAt === undefined ? null : formatInstant(endedAt),
    members_not_kept: sources - members.size,
    other_tries: otherTries,
    campaigns_not_kept: daemon.campaigns.forgotten(now),
    signs: signs.map(describeSign),
    suspected_compromises: describeCompromises(daemon, now, (one) => one.campaign === name),
    banned: bans.map(({ subject }) => subject).toArray(),
    banned_networks: bannedNetworks(daemon, campaign),
  };
}

/** Returns the networks with members that the jail bans as such. */
function bannedNetworks({ book, jails }: Daemon, { jail, members }: Campaign): readonly string[] {
  const live = jails.find((one) => one.jail.name === jail);
  const banned = [...(live?.jail.bannedSubnets ?? [])].filter(
    (subject) => book.ban(jail, subject) !== undefined,
  );
  if (banned.length === 0) return [];
  const list = createAllowList(banned.map((subject) => ({ subject, because: subject })));
  return [...new Set([...members.keys()].flatMap((member) => list.covers(member) ?? []))];
}

function describeCampaign(daemon: Daemon, campaign: Campaign, now: Instant): CampaignReply {
  const { members, targets, growth } = campaign;
  return {
    ...describeSummary(daemon, campaign, now),
    targets: [...targets]
      .map(([account, tries]) => ({ account, tries }))
      .toSorted((a, b) => b.tries - a.tries),
    members: [...members.values()]
      .toReversed()
      .map(({ subject, firstAt, lastAt, tries, ties }) => ({
        ...{ subject, tries, reasons: ties.map(describeTie) },
        first: formatInstant(instant(firstAt)),
        last: formatInstant(instant(lastAt)),
      })),
    growth: [...growth]
      .toSorted(([a], [b]) => a - b)
      .map(([hour, count]) => ({ hour: formatInstant(instant(hour * HOUR_MS)), members: count })),
  };
}
