/** Says in one sentence whether this host is protected, and otherwise what is wrong and what to do. */
import type { JailReply, StatusReply } from "../../control/status-messages.ts";
import { amountOf, formatLength } from "./format.ts";

export type Tone = "good" | "warn" | "bad";

export interface Truth {
  readonly tone: Tone;
  readonly headline: string;
  /** What is wrong, one line for each jail. */
  readonly details: readonly { readonly text: string; readonly fix: string | null }[];
}

const TONES: Readonly<Record<string, Tone>> = {
  protecting: "good",
  observing: "good",
  "actions-only": "good",
  starting: "warn",
  degraded: "warn",
  blind: "bad",
  toothless: "bad",
};

/** An unknown state is of a later release, and not claimed to be good. */
export function toneOf(state: string): Tone {
  return TONES[state] ?? "warn";
}

/** What is wrong on a host without jails, and what to do. */
export const NO_JAIL = {
  text: "Nothing is protected: no jail is running.",
  fix: "list the services found on this host: sudo bailiff services; protect one: sudo bailiff enable NAME",
} as const;

export function describeTruth(status: StatusReply, now: number): Truth {
  const details = [...describeLeftOut(status), ...describeFaults(status)];
  const { jails } = status;
  if (jails.length === 0)
    return { tone: "bad", headline: NO_JAIL.text, details: [...details, ...whyNone(status)] };
  const bad = jails.filter(({ state }) => toneOf(state) === "bad");
  if (bad.length > 0)
    return {
      tone: "bad",
      headline: countOf(bad, jails, "is not protecting", "are not protecting"),
      details,
    };
  if (status.left_out.length > 0) {
    const headline = `${amountOf(status.left_out.length, "jail")} cannot run because of errors.`;
    return { tone: "bad", headline, details };
  }
  const weak = jails.filter(({ state }) => toneOf(state) === "warn");
  if (weak.length > 0)
    return {
      tone: "warn",
      headline: countOf(weak, jails, "needs attention", "need attention"),
      details,
    };
  const proof = newestProof(jails);
  const age = proof === undefined ? "" : `; last verified ${formatLength(now - proof)} ago`;
  return { tone: "good", headline: `${describeGood(jails)}${age}.`, details };
}

function whyNone({ looking_for: waiting }: StatusReply): Truth["details"] {
  const reasons = waiting.map(({ name, reason }) => ({ text: `${name}: ${reason}`, fix: null }));
  return [
    ...reasons.slice(0, -1),
    { text: reasons.at(-1)?.text ?? "no jail is enabled in the configuration", fix: NO_JAIL.fix },
  ];
}

function describeGood(jails: readonly JailReply[]): string {
  const protecting = jails.filter(({ state }) => state === "protecting").length;
  const others = jails.length - protecting;
  if (protecting === 0) return "No jail bans, as configured";
  if (others > 0)
    return `${protecting} of ${amountOf(jails.length, "jail")} protecting; ${others} ${others === 1 ? "does" : "do"} not ban, as configured`;
  return protecting === 1
    ? `Jail ${jails[0]?.name ?? ""} is protecting`
    : `All ${amountOf(protecting, "jail")} are protecting`;
}

function countOf(
  some: readonly JailReply[],
  all: readonly JailReply[],
  one: string,
  many: string,
): string {
  const verb = some.length === 1 ? one : many;
  return `${some.length} of ${amountOf(all.length, "jail")} ${verb}.`;
}

/** Describes jails that cannot run, which have no state. */
export function describeLeftOut({ left_out: leftOut }: StatusReply): Truth["details"] {
  return leftOut.map(({ name, reasons }) => ({
    text: `${name} cannot run: ${reasons.join("; ")}`,
    fix: "correct it, then: bailiff reload",
  }));
}

function describeFaults({ jails }: StatusReply): Truth["details"] {
  return jails
    .filter(({ state }) => toneOf(state) !== "good")
    .map(({ name, state, reason, fix }) => ({ text: `${name} is ${state}: ${reason}`, fix }));
}

/** Returns when a link of any jail was last seen to work, in milliseconds since 1970. */
function newestProof(jails: readonly JailReply[]): number | undefined {
  const times = jails.flatMap(({ links }) =>
    links.flatMap(({ verdict, at }) =>
      verdict === "proven" && at !== null ? [Date.parse(at)] : [],
    ),
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
