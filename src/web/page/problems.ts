/** Collects what is wrong from the daemon's answers, the worst first; `AlarmBox` shows suspected compromises. */
import type { DoctorReply } from "../../control/proof-messages.ts";
import type { StatusReply } from "../../control/status-messages.ts";
import { describeLeftOut, NO_JAIL, toneOf, type Tone } from "./truth.ts";

export interface Problem {
  readonly tone: Tone;
  readonly where: string;
  readonly text: string;
  readonly fix: string | null;
}

const ORDER: readonly Tone[] = ["bad", "warn", "good"];

export function describeProblems(doctor: DoctorReply, status: StatusReply): readonly Problem[] {
  const leftOut = describeLeftOut(status).map((one): Problem => {
    return { tone: "bad", where: "jails", ...one };
  });
  const faults = doctor.jails.flatMap(({ name, state, reason, fix, links }) => {
    const found = links.filter(({ verdict }) => verdict === "found");
    const own = found.map(({ link, evidence, fix: toDo }): Problem => {
      return { tone: toneOf(state), where: `${name}, ${link}`, text: evidence, fix: toDo };
    });
    const isNamed = found.some(({ evidence }) => evidence === reason);
    const whole: Problem = { tone: toneOf(state), where: name, text: `${state}: ${reason}`, fix };
    return toneOf(state) === "good" || isNamed ? own : [whole, ...own];
  });
  const firewalls = doctor.firewalls.conflicts.map(({ conflict, fix }): Problem => {
    return { tone: "warn", where: "firewalls in conflict", text: conflict, fix };
  });
  const lists = doctor.lists
    .filter(({ state }) => state !== "in-force" && state !== "observed")
    .map(({ name, state, reason, fix }): Problem => {
      return { tone: "warn", where: `block list ${name}`, text: reason ?? state, fix };
    });
  const record: readonly Problem[] =
    status.record.state === "ok"
      ? []
      : [
          {
            tone: "bad",
            where: "database",
            text: `${status.record.reason ?? "degraded"}; ${status.record.unsaved} changes are only in memory`,
            fix: null,
          },
        ];
  const none: readonly Problem[] =
    doctor.jails.length === 0 ? [{ tone: "bad", where: "jails", ...NO_JAIL }] : [];
  const all = [...none, ...leftOut, ...record, ...faults, ...firewalls, ...lists];
  return all.toSorted((a, b) => ORDER.indexOf(a.tone) - ORDER.indexOf(b.tone));
}
