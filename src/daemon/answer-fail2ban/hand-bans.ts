/** Bans of a jail, and those that somebody makes, lifts or works towards by hand. */
import { parseSubject, splitSubject, type Subject, subjectContains } from "../../domain/cidr.ts";
import { CodedError } from "../../domain/errors.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { badValue } from "../../fail2ban/command-error.ts";
import type { BanView } from "../../fail2ban/command-port.ts";
import { nextTurn } from "../../platform/timers.ts";
import { orderAttempt } from "../order-attempt.ts";
import { orderBan, orderLift, orderUnban } from "../order-bans.ts";
import { type Asking, requireLive, requireRunning } from "./asking.ts";

const AT_ONCE = 32;

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
  const refused: string[] = [];
  let banned = 0;
  for (const [index, subject] of ids.entries()) {
    // Lists of many thousand are given at once: log lines and other clients get their turn meanwhile.
    if (index % AT_ONCE === AT_ONCE - 1) await nextTurn();
    try {
      const context = { daemon, who, now: clock.now(), emit: daemon.emit };
      for (const { outcome, detail } of await orderBan(context, { subject, jail })) {
        if (outcome === "banned") banned++;
        else if (outcome === "allow-listed") refused.push(`${subject} is allowed: ${detail}`);
        else if (outcome === "needs-force")
          refused.push(`${subject} is not banned: ${detail} (bailiff ban --force does it)`);
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      refused.push(error.message);
    }
  }
  if (refused.length > 0) throw badValue(refused.join("; "));
  return banned;
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
      daemon.book
        .bansOf(subject)
        .filter((one) => jail === undefined || one.jail === jail)
        .filter((one) => covers(subject, one.subject)),
    );
  const lifted: string[] = [];
  for (let from = 0; from < found.length; from += AT_ONCE) {
    await nextTurn();
    const some = await orderLift(context, found.slice(from, from + AT_ONCE));
    lifted.push(...some.map(({ subject }) => subject));
  }
  return lifted;
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
): Promise<void> {
  const { daemon, who, clock } = asking;
  const { jail } = requireLive(asking, name);
  requireRunning(asking, name);
  const subject = parseSubject(id);
  const { ip } = subject === undefined ? { ip: undefined } : splitSubject(subject);
  if (ip === undefined || ip !== subject) throw badValue(`${id} is no address`);
  const context = { daemon, who, now: clock.now(), emit: daemon.emit };
  await orderAttempt(context, jail, { ip, line: lines.join("\n") });
}
