/** Answers requests to list, make and lift bans of a jail, and to count attempts. */
import { parseSubject, splitSubject, type Subject, subjectContains } from "../../../domain/cidr.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { badValue } from "../command-error.ts";
import type { BanView } from "../command-port.ts";
import { LISTED_EACH } from "../../../pipeline/announce-together.ts";
import { orderAttempt } from "../../../control/answers/order-attempt.ts";
import { orderBan } from "../../../control/answers/order-bans.ts";
import { orderLift, orderUnban } from "../../../control/answers/order-unban.ts";
import { type RequestContext, requireLive, requireRunning } from "./request-context.ts";

export function bansOf({ daemon }: RequestContext, name: string): readonly BanView[] {
  const jail = parseJailName(name);
  if (jail === undefined) return [];
  return [...daemon.book.activeBans({ jail })]
    .filter(({ origin }) => origin !== "canary")
    .sort((a, b) => a.from - b.from || a.id - b.id)
    .map(({ subject, from, until }) => ({
      id: subject,
      from: Math.round(from / 1000),
      length: until === "forever" ? -1 : Math.round((until - from) / 1000),
    }));
}

/** Bans all valid subjects; the error lists the others, each with the reason. */
export async function ban(
  context: RequestContext,
  name: string,
  ids: readonly string[],
): Promise<number> {
  const { daemon, who, clock } = context;
  const { name: jail } = requireLive(context, name).jail;
  requireRunning(context, name);
  const subjects = ids.filter((id) => parseSubject(id) !== undefined);
  const refused = ids
    .filter((id) => parseSubject(id) === undefined)
    .map((id) => `"${id}" is not a valid address or network`);
  const orderContext = { daemon, who, now: clock.now(), emit: daemon.emit };
  const results =
    subjects.length === 0 ? [] : await orderBan(orderContext, { subject: subjects, jail });
  for (const { subject, outcome, detail } of results) {
    if (outcome === "allow-listed") refused.push(`${subject} is allowed: ${detail}`);
    else if (outcome === "needs-force")
      refused.push(
        `${subject} is not banned: ${detail} (bailiff ban ${subject} --jail ${jail} --force bans it)`,
      );
  }
  if (refused.length > 0) throw badValue(listRefusals(refused));
  return results.filter(({ outcome }) => outcome === "banned").length;
}

function listRefusals(refusals: readonly string[]): string {
  const more = refusals.length - LISTED_EACH;
  return `${refusals.slice(0, LISTED_EACH).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

/** Lifts bans; for a network, every ban inside it. */
export async function unban(
  { daemon, who, clock }: RequestContext,
  name: string | undefined,
  ids: readonly string[] | "all",
): Promise<readonly string[]> {
  const jail = name === undefined ? undefined : parseJailName(name);
  const orderContext = { daemon, who, now: clock.now(), emit: daemon.emit };
  if (ids === "all") {
    const lifted = await orderUnban(orderContext, { subjects: [], all: true, jail });
    return lifted.map(({ subject }) => subject);
  }
  const found = ids
    .flatMap((id) => parseSubject(id) ?? [])
    .flatMap((subject) =>
      [...daemon.book.activeBans({ jail, near: subject })].filter((one) =>
        covers(subject, one.subject),
      ),
    );
  return (await orderLift(orderContext, found)).map(({ subject }) => subject);
}

/**
 * Reports whether a request for `asked` includes a ban of `banned`. IPv6 addresses are banned by prefix, so an address
 * includes the ban of its prefix.
 */
function covers(asked: Subject, banned: Subject): boolean {
  if (subjectContains(asked, banned)) return true;
  const { ip, family } = splitSubject(asked);
  return family === "ipv6" && asked === ip && subjectContains(banned, asked);
}

export async function attempt(
  context: RequestContext,
  name: string,
  { id, lines }: { readonly id: string; readonly lines: readonly string[] },
): Promise<boolean> {
  const { daemon, who, clock } = context;
  const { jail } = requireLive(context, name);
  requireRunning(context, name);
  const subject = parseSubject(id);
  const { ip } = subject === undefined ? { ip: undefined } : splitSubject(subject);
  if (ip === undefined || ip !== subject) throw badValue(`${id} is not a valid address`);
  const orderContext = { daemon, who, now: clock.now(), emit: daemon.emit };
  return (await orderAttempt(orderContext, jail, { ip, lines })) === "counted";
}
