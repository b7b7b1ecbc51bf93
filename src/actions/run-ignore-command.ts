/** Runs a jail's `ignorecommand` once, with facts about the subject in its tags. */
import type { ActionSetting } from "../config/kinds/shell-action-setting.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import type { Duration } from "../domain/duration.ts";
import { type BanFacts, banTag, familyOfSubject } from "./ban-tags.ts";
import { fillCommand } from "../fail2ban/config/fill-command.ts";
import { withVariables } from "./shell-variables.ts";
import type { RunShell, ShellEnd } from "../host/process/run-shell.ts";
import { factsOfJail } from "./ban-facts.ts";
import type { Jail } from "../jails/jail.ts";

export interface Question {
  readonly jail: Jail;
  readonly subject: Subject;
  readonly failures: number;
}

export interface AskedCommand {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly runShell: RunShell;
  readonly limit: Duration;
  readonly signal: AbortSignal;
}

const MAX_LINES = 20;

export function runIgnoreCommand(
  { jail, subject, failures }: Question,
  { book, clock, runShell, limit, signal }: AskedCommand,
): Promise<ShellEnd> {
  const capture = (): ReadonlyMap<string, string> => new Map();
  const recent = (): ReturnType<BanBook["recentFailures"]> =>
    book.recentFailures(subject, MAX_LINES).filter((one) => one.jail === jail.name);
  const facts: BanFacts = {
    ...factsOfJail({ book, clock, jail: () => jail, bannedTotal: () => 0, capture }),
    subject,
    failures,
    matches: () =>
      recent()
        .map(({ line }) => line)
        .reverse(),
    captured: () => {
      const user = recent().find((one) => one.user !== undefined)?.user;
      return new Map(user === undefined ? [] : [["user", user]]);
    },
  };
  const command = jail.config.ignorecommand;
  const setting: Pick<ActionSetting, "commands" | "properties"> = {
    commands: { check: command },
    properties: {},
  };
  const family = familyOfSubject(subject);
  const filled = fillCommand(setting, "check", family);
  const { script, variables } = withVariables(filled.ok ? filled.value : command, (tag) =>
    banTag(facts, family, tag),
  );
  return runShell({ script, variables, timeoutMilliseconds: limit, signal });
}
