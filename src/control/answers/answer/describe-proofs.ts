/** Describes every link of every jail for `doctor`. */
import { describeUse, findConflicts } from "../../../firewall/choose-enforcer.ts";
import { describeEmptyEntry } from "../../describe-empty-entry.ts";
import type { DoctorReply } from "../../proof-messages.ts";
import { amount } from "../../../domain/amount.ts";
import { duration, formatDuration } from "../../../domain/duration.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { listHostDoubts } from "../../../daemon/host-doubts.ts";
import { isSharedLog } from "../../../host/logs/shared-log.ts";
import { journalActivity } from "../../../source/journal/journal-activity.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import { describeDemoted } from "../describe-quality.ts";
import { describeCompromises } from "../suspected-compromises.ts";
import { describeLink } from "../describe-link.ts";
import { describeLists } from "../describe-lists.ts";
import { describeWaitingJails, requireJail, worstOf } from "../describe-status.ts";

/** Runs every check first, so that the answer is current. */
export async function describeProofs(
  daemon: Daemon,
  jail: string | undefined,
  { version, now }: { readonly version: string; readonly now: () => Instant },
): Promise<DoctorReply> {
  const only = jail === undefined ? undefined : requireJail(daemon, jail);
  await daemon.firewall.reconcile("request");
  await daemon.proofs.lookFully();
  const isAsked = ({ jail: { name } }: LiveJail): boolean =>
    only === undefined || name === only.jail.name;
  const jails = daemon
    .watched()
    .filter(({ live }) => isAsked(live))
    .map((watched) => {
      const { state, reason, cause, fix, since } = daemon.proofs.judge(watched);
      return {
        name: watched.live.jail.name,
        state,
        reason,
        cause: cause ?? null,
        fix: fix ?? null,
        since: formatInstant(since),
        links: daemon.proofs.of(watched).map(describeLink),
      };
    });
  return {
    version,
    at: formatInstant(now()),
    state: worstOf(jails),
    suspected_compromises: describeCompromises(
      daemon,
      now(),
      (alarm) => only === undefined || alarm.jail === only.jail.name,
    ),
    jails,
    looking_for: describeWaitingJails(daemon),
    firewalls: await describeFirewalls(daemon),
    lists: describeLists(daemon),
    notes: [
      ...(await describeHostDoubts(daemon, now())),
      ...daemon.allow.empty().map(describeEmptyEntry),
      ...describeDemoted(daemon, now()),
      ...describeUnknownWriters(daemon.jails.filter(isAsked), daemon.fail2ban),
    ],
  };
}

/** Describes what channels and actions lack, and channels that accept nothing for another reason. */
async function describeHostDoubts(daemon: Daemon, now: Instant): Promise<readonly string[]> {
  const doubts = await listHostDoubts(daemon.config);
  const failing = daemon.notices.channels().flatMap(({ name, waiting, trouble }) => {
    const isDoubted = doubts.some(({ doubt }) => doubt.includes(`channel ${name}: `));
    if (trouble === undefined || isDoubted) return [];
    const lasted = formatDuration(duration(Math.max(0, now - trouble.since)));
    const waits = waiting === 0 ? "" : `; ${amount(waiting, "notice")} waiting`;
    return [
      `Channel ${name} has not accepted notices for ${lasted}: ${trouble.reason}${waits} (bailiff notify test ${name} tries it again)`,
    ];
  });
  return [...doubts.map(({ doubt, fix }) => `${doubt} (${fix})`), ...failing];
}

async function describeFirewalls({ firewall }: Daemon): Promise<DoctorReply["firewalls"]> {
  const use = await firewall.readUse();
  const kinds = firewall.enforcers.flatMap(({ kind }) => kind ?? []);
  return {
    chosen: firewall.choice ?? null,
    in_use: describeUse(use),
    conflicts: findConflicts(use, kinds),
  };
}

/** Names log files whose lines any local program can write through syslog. */
function describeUnknownWriters(
  jails: readonly LiveJail[],
  fail2ban: Daemon["fail2ban"],
): readonly string[] {
  const named = jails.flatMap(({ jail, definition, search: { source } }) =>
    source?.kind === "file" && source.files.some(isSharedLog) ? [{ jail, source, definition }] : [],
  );
  const [first] = named;
  if (first === undefined) return [];
  const names = named.map(({ jail }) => jail.name).join(", ");
  const files = [...new Set(named.flatMap(({ source }) => source.files.filter(isSharedLog)))];
  const [program = "sshd"] = first.definition.programs;
  const matches = first.definition.journal.map((match) => JSON.stringify(match)).join(", ");
  const example = matches === "" ? '["_SYSTEMD_UNIT=….service"]' : `[${matches}]`;
  const forged = `Every local account that can write to syslog can get any address banned: ${files.join(", ")} (${names}) does not record who wrote a line, and "logger -t ${program}" forges one`;
  if (journalActivity().changedAt === undefined) return [`${forged}.`];
  const setting =
    fail2ban?.jails.some(({ name }) => name === first.jail.name) === true
      ? "backend = systemd, and a journalmatch such as _SYSTEMD_UNIT=….service"
      : `[jails.${first.jail.name}] source = { journal = ${example} }`;
  return [`${forged}. The journal records the writer: ${setting}`];
}
