/** Prints the protection status in one line, as plugins of Nagios and Icinga do, with their exit codes. */
import type { StatusReply } from "../../control/status-messages.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe } from "../terminal.ts";
import { STATES } from "./status.ts";

/** Words and exit codes of https://www.monitoring-plugins.org/doc/guidelines.html. */
const LEVELS: Readonly<Record<Level, ExitCode>> = {
  OK: EXIT.ok,
  WARNING: EXIT.no,
  CRITICAL: EXIT.critical,
  UNKNOWN: EXIT.unknown,
};

type Level = "OK" | "WARNING" | "CRITICAL" | "UNKNOWN";

interface Health {
  readonly level: Level;
  readonly text: string;
  /** Empty: nothing was measured. */
  readonly figures: string;
}

export async function checkHealth(context: CommandContext): Promise<ExitCode> {
  const { level, text, figures } = await readHealth(context);
  // A plugin's text ends where its figures begin.
  const line = `BAILIFF ${level} - ${safe(text).replaceAll("|", "/")}`;
  context.terminal.print(figures === "" ? line : `${line} | ${figures}`);
  return LEVELS[level];
}

async function readHealth(context: CommandContext): Promise<Health> {
  try {
    return judgeHealth(await ask(context, "status", {}));
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const level = error.code === "not-running" ? "CRITICAL" : "UNKNOWN";
    return { level, text: error.message, figures: "" };
  }
}

/** Judges what `status` answered. Exported for its test. */
export function judgeHealth(reply: StatusReply): Health {
  const { jails, banned_total } = reply;
  const critical = findCritical(reply);
  const warnings = findWarnings(reply);
  const counts = STATES.map((state) => {
    return { state, count: jails.filter((jail) => jail.state === state).length };
  });
  const summary = counts
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${amount(count, "jail")} ${state}`);
  const level = critical.length > 0 ? "CRITICAL" : warnings.length > 0 ? "WARNING" : "OK";
  return {
    level,
    text: (level === "OK" ? summary : [...critical, ...warnings]).join("; "),
    figures: [
      ...counts.map(({ state, count }) => `${state}=${count};;;0`),
      `bans=${banned_total};;;0`,
    ].join(" "),
  };
}

function findCritical({ jails, suspected_compromises, left_out }: StatusReply): readonly string[] {
  const [newest] = suspected_compromises;
  return [
    ...(newest === undefined
      ? []
      : [`suspected compromise: login of ${newest.user} from ${newest.ip}`]),
    ...(jails.length === 0 ? ["no jail is running"] : []),
    ...describeJails(jails.filter(({ state }) => state === "toothless" || state === "blind")),
    ...left_out.filter(({ kept }) => !kept).map(({ name }) => `${name} cannot run`),
  ];
}

function findWarnings({ jails, left_out }: StatusReply): readonly string[] {
  return [
    ...describeJails(jails.filter(({ state }) => state === "degraded" || state === "starting")),
    ...left_out.filter(({ kept }) => kept).map(({ name }) => `${name} keeps its old configuration`),
  ];
}

function describeJails(jails: StatusReply["jails"]): readonly string[] {
  return jails.map(({ name, state, reason }) => `${name} is ${state}: ${reason}`);
}
