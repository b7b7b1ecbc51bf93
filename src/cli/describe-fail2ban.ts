/**
 * Describes how a fail2ban configuration is converted. Lists jails, changes of meaning, options without effect, and
 * mistakes.
 */
import type { Fail2banSetup } from "../jails/load-fail2ban.ts";
import { nativeCounterpart } from "../fail2ban/config/native-counterpart.ts";
import { groupProblems, nameJails } from "../fail2ban/config/group-problems.ts";
import { amount } from "../domain/amount.ts";
import { report } from "./terminal.ts";
import { hang } from "./wrap-text.ts";

export function describeFail2ban(
  { jails, notes, problems, warnings, known }: Fail2banSetup,
  width: number,
): string {
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => item(line, width))];
  const names = known.map(({ name }) => name);
  const enabled = known.filter((jail) => jail.enabled).length;
  return [
    `fail2ban's configuration: ${amount(known.length, "jail")}, ${enabled} enabled, ${jails.length} would run in bailiff.`,
    ...section("Firewall actions that an enforcer replaces", replaced(jails, known)),
    ...section("Changed in meaning", grouped(notes, "changed")),
    ...section("Actions that run as written", asWritten(jails, known)),
    ...section("Without effect", grouped(notes, "left")),
    ...section("Jails left out", groupProblems(problems, names)),
    ...section("Mistakes in fail2ban's files", groupProblems(warnings, names)),
  ].join("\n");
}

function item(line: string, width: number): string {
  return hang({ head: "  ", text: report(line), width, indent: 4 });
}

function replaced(jails: Fail2banSetup["jails"], known: Fail2banSetup["known"]): readonly string[] {
  return byText(
    actionsOf(jails, known).flatMap(({ jail, action: { file, firewall } }) =>
      firewall.kind === "replaced"
        ? [{ jail, text: `${file}: enforcer = "${firewall.enforcer}"` }]
        : [],
    ),
  );
}

/** Lists actions that run as written; they need the permissions that they had under fail2ban. */
function asWritten(
  jails: Fail2banSetup["jails"],
  known: Fail2banSetup["known"],
): readonly string[] {
  return byText(
    actionsOf(jails, known).flatMap(({ jail, action: { file, firewall } }) => {
      if (firewall.kind !== "as written") return [];
      const why = firewall.reason ?? nativeCounterpart(file);
      return [{ jail, text: why === undefined ? file : `${file} (${why})` }];
    }),
  );
}

interface ActionOfJail {
  readonly jail: string;
  readonly action: Fail2banSetup["known"][number]["actions"][number];
}

/** Returns the actions of the jails that run. */
function actionsOf(
  jails: Fail2banSetup["jails"],
  known: Fail2banSetup["known"],
): readonly ActionOfJail[] {
  const running = new Set(jails.map(({ name }) => name));
  return known
    .filter(({ name }) => running.has(name))
    .flatMap((jail) => jail.actions.map((action) => ({ jail: jail.name, action })));
}

/** Shows each note once, with its jails. */
function grouped(notes: Fail2banSetup["notes"], kind: "changed" | "left"): readonly string[] {
  return byText(notes.filter((note) => note.kind === kind));
}

function byText(
  said: readonly { readonly jail: string; readonly text: string }[],
): readonly string[] {
  return [...Map.groupBy(said, ({ text }) => text)].map(([text, of]) => {
    const names = [...new Set(of.map(({ jail }) => jail))];
    return `${nameJails(names)}: ${text}`;
  });
}
