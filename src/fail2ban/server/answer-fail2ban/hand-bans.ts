/** Bans of a jail, and those that somebody makes, lifts or works toward by hand. */
import { parseSubject, splitSubject, type Subject, subjectContains } from "../../../domain/cidr.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { badValue } from "../command-error.ts";
import type { BanView } from "../command-port.ts";
import { LISTED_EACH } from "../../../pipeline/announce-together.ts";
import { orderAttempt } from "../../../control/answers/order-attempt.ts";
import { orderBan, orderLift, orderUnban } from "../../../control/answers/order-bans.ts";
import { type Asking, requireLive, requireRunning } from "./asking.ts";

export function bansOf({ daemon }: Asking, name: string): readonly BanView[] {
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

/** Those that can be banned are; of the others it is said why not. */
export async function ban(asking: Asking, name: string, ids: readonly string[]): Promise<number> {
  const { daemon, who, clock } = asking;
  const { name: jail } = requireLive(asking, name).jail;
  requireRunning(asking, name);
  const subjects = ids.filter((id) => parseSubject(id) !== undefined);
  const refused = ids
    .filter((id) => parseSubject(id) === undefined)
    .map((id) => `"${id}" is no address or network`);
  const context = { daemon, who, now: clock.now(), emit: daemon.emit };
  const results = subjects.length === 0 ? [] : await orderBan(context, { subject: subjects, jail });
  for (const { subject, outcome, detail } of results) {
    if (outcome === "allow-listed") refused.push(`${subject} is allowed: ${detail}`);
    else if (outcome === "needs-force")
      refused.push(`${subject} is not banned: ${detail} (bailiff ban --force does it)`);
  }
  if (refused.length > 0) throw badValue(listRefusals(refused));
  return results.filter(({ outcome }) => outcome === "banned").length;
}

function listRefusals(refusals: readonly string[]): string {
  const more = refusals.length - LISTED_EACH;
  return `${refusals.slice(0, LISTED_EACH).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

/** A network means every ban inside it. */
export async function unban(
  { daemon, who, clock }: Asking,
  name: string | undefined,
  ids: readonly string[] | "all",
): Promise<readonly string[]> {
  const jail = name === undefined ? undefined : parseJailName(name);
  const context = { daemon, who, now: clock.now(), emit: daemon.emit };
  const where = jail === undefined ? {} : { jail };
  if (ids === "all") {
    const lifted = await orderUnban(context, { subjects: [], all: true, ...where });
    return lifted.map(({ subject }) => subject);
  }
  const found = ids
    .flatMap((id) => parseSubject(id) ?? [])
    .flatMap((subject) =>
      [...daemon.book.activeBans({ ...where, near: subject })].filter((one) =>
        covers(subject, one.subject),
      ),
    );
  return (await orderLift(context, found)).map(({ subject }) => subject);
}

/** An IPv6 address is banned with its prefix: who asks for one means that ban. */
function covers(asked: Subject, banned: Subject): boolean {
  if (subjectContains(asked, banned)) return true;
  const { ip, family } = splitSubject(asked);
  return family === "ipv6" && asked === ip && subjectContains(banned, asked);
}

export async function attempt(
  asking: Asking,
  name: string,
  { id, lines }: { readonly id: string; readonly lines: readonly string[] },
): Promise<boolean> {
  const { daemon, who, clock } = asking;
  const { jail } = requireLive(asking, name);
  requireRunning(asking, name);
  const subject = parseSubject(id);
  const { ip } = subject === undefined ? { ip: undefined } : splitSubject(subject);
  if (ip === undefined || ip !== subject) throw badValue(`${id} is no address`);
  const context = { daemon, who, now: clock.now(), emit: daemon.emit };
  return (await orderAttempt(context, jail, { ip, lines })) === "counted";
}
