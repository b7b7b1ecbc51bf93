/** Answers `campaigns`: the campaigns of the last 30 days, or one with its members. */
import { describeCompromises } from "../suspected-compromises.ts";
import type { CampaignMember, CampaignReply, MembershipReply } from "../../campaign-messages.ts";
import type { Commands } from "../../messages.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { type Campaign, MAX_MEMBERS, type Member } from "../../../detect/judgment/campaign.ts";
import { countedSubject } from "../../../detect/counted-subject.ts";
import { createAllowList } from "../../../detect/allow-list.ts";
import { splitSubject, type Subject } from "../../../domain/cidr.ts";
import { CodedError } from "../../../domain/errors.ts";
import { formatInstant, type Instant, instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import { campaignOf, describeSign, describeTie } from "../../../pipeline/describe-campaign.ts";

const HOUR_MS = 3_600_000;

export function describeCampaigns(
  daemon: Daemon,
  { name, offset = 0, limit = MAX_MEMBERS }: Commands["campaigns"]["in"],
  now: Instant,
): readonly CampaignReply[] {
  const all = daemon.campaigns.list();
  const asked = name === undefined ? all : all.filter((one) => one.name === name);
  if (name !== undefined && asked.length === 0)
    throw new CodedError("bad-input", `no campaign "${name}" in the last 30 days`, {
      hint: "bailiff campaigns lists them",
    });
  const banned = bannedByCampaign(daemon, name === undefined ? undefined : asked[0]?.jail);
  return asked.map((campaign) => {
    const page = name === undefined ? [] : newestMembers(campaign, offset, limit);
    return describeCampaign(daemon, campaign, { banned, page, now });
  });
}

/** Returns the members that are banned because they belong to a campaign, by its name. */
function bannedByCampaign(
  { book }: Daemon,
  jail: JailName | undefined,
): ReadonlyMap<string, readonly Subject[]> {
  const banned = new Map<string, Subject[]>();
  for (const ban of book.activeBans({ jail })) {
    const name = campaignOf(ban);
    if (name === undefined) continue;
    const others = banned.get(name);
    if (others === undefined) banned.set(name, [ban.subject]);
    else others.push(ban.subject);
  }
  return banned;
}

function newestMembers({ members }: Campaign, offset: number, limit: number): readonly Member[] {
  return [...members.values()].toReversed().slice(offset, offset + limit);
}

function describeCampaign(
  daemon: Daemon,
  campaign: Campaign,
  details: {
    readonly banned: ReadonlyMap<string, readonly Subject[]>;
    readonly page: readonly Member[];
    readonly now: Instant;
  },
): CampaignReply {
  const { name, jail, beganAt, foundAt, lastAt, endedAt, signs, sources, tries } = campaign;
  const { members, targets, otherTries, growth } = campaign;
  const { banned, page, now } = details;
  return {
    ...{ name, jail, sources, tries },
    began: formatInstant(beganAt),
    found: formatInstant(foundAt),
    last: formatInstant(lastAt),
    ended: endedAt === undefined ? null : formatInstant(endedAt),
    members_not_kept: sources - members.size,
    other_tries: otherTries,
    campaigns_not_kept: daemon.campaigns.forgotten(now),
    signs: signs.map(describeSign),
    suspected_compromises: describeCompromises(daemon, now, (one) => one.campaign === name),
    banned: banned.get(name) ?? [],
    banned_networks: bannedNetworks(daemon, campaign),
    targets: [...targets]
      .map(([account, count]) => ({ account, tries: count }))
      .toSorted((a, b) => b.tries - a.tries),
    members: page.map(describeMember),
    growth: [...growth]
      .toSorted(([a], [b]) => a - b)
      .map(([hour, count]) => ({ hour: formatInstant(instant(hour * HOUR_MS)), members: count })),
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

/** Returns the memberships of an address, which a jail may count by its network, or of a network. */
export function describeMemberships(daemon: Daemon, subject: Subject): readonly MembershipReply[] {
  const { ip } = splitSubject(subject);
  return daemon.campaigns.list().flatMap(({ name: campaign, jail, members }) => {
    const live = daemon.jails.find((one) => one.jail.name === jail);
    const counted =
      live === undefined || subject !== ip
        ? subject
        : countedSubject(ip, live.jail.config, daemon.allow.listOf(jail));
    const member = members.get(subject) ?? members.get(counted);
    return member === undefined ? [] : [{ campaign, jail, ...describeMember(member) }];
  });
}

function describeMember({ subject, firstAt, lastAt, tries, ties }: Member): CampaignMember {
  return {
    ...{ subject, tries, reasons: ties.map(describeTie) },
    first: formatInstant(instant(firstAt)),
    last: formatInstant(instant(lastAt)),
  };
}
