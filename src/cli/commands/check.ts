import type { CheckReply } from "../../control/check-messages.ts";
import type { Loaded } from "../../jails/load-all.ts";
import { loadAll } from "../../jails/load-all.ts";
import { describePolicy } from "../../jails/describe-policy.ts";
import { explainAuto } from "../../control/answers/explain-auto.ts";
import { describeCheck } from "../../control/answers/describe-check.ts";
import { doubtAbsentLogs } from "../../control/answers/doubt-absent-logs.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { PolicyDoubt } from "../../jails/policy-doubts.ts";
import { doubtIgnoredNames } from "../../jails/doubt-ignored-names.ts";
import { resolveName } from "../../host/host.ts";
import { formatProblem } from "../../domain/problem.ts";
import { amount } from "../../domain/amount.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { report, type Terminal, widthOf } from "../terminal.ts";
import { advice, sentence } from "../format-time.ts";
import { hang } from "../wrap-text.ts";
import { nameJails } from "../../fail2ban/config/group-problems.ts";
import { describeFail2ban } from "../describe-fail2ban.ts";

/** Validates everything that the daemon would read, with the daemon's functions, without starting it. */
export async function check(
  context: CommandContext,
  options: { readonly json: boolean; readonly fail2ban?: string },
): Promise<ExitCode> {
  const { terminal } = context;
  const { fail2ban } = options;
  const loaded = await loadAll({ ...configFiles(context), fail2ban });
  const described = await describeCheck(loaded);
  const names = loaded.ok ? await doubtIgnoredNames(loaded.value.config, resolveName) : [];
  const absent =
    loaded.ok && described.usable ? await doubtAbsentLogs(loaded.value, systemClock) : [];
  const checked = { ...described, warnings: [...described.warnings, ...absent, ...names] };
  if (options.json) terminal.print(JSON.stringify(checked));
  else if (loaded.ok && checked.usable && !hasOwnProblems(loaded.value, checked)) {
    const { fail2ban } = loaded.value;
    terminal.show(
      [
        describe(loaded.value, terminal),
        ...describeAuto(await explainAuto(loaded.value.config), terminal.width),
        ...describeDoubts(checked.warnings, terminal.width),
        ...(fail2ban === undefined ? [] : ["", describeFail2ban(fail2ban, terminal.width)]),
      ].join("\n"),
    );
  } else {
    for (const problem of checked.problems) terminal.complain(formatProblem(problem));
    terminal.complain(amount(checked.problems.length, "problem"));
  }
  return checked.ok ? EXIT.ok : EXIT.config;
}

/** Reports whether anything but jails of a fail2ban directory is wrong. */
function hasOwnProblems({ fail2ban }: Loaded, { problems }: CheckReply): boolean {
  return problems.length > (fail2ban?.problems ?? []).length;
}

function describeAuto(explained: string | undefined, width: number): readonly string[] {
  return explained === undefined
    ? []
    : ["", hang({ head: "", text: sentence(explained), width, indent: 2 })];
}

/** Shows each doubt once, with the jails that it concerns. */
function describeDoubts(doubts: readonly PolicyDoubt[], width: number): readonly string[] {
  const groups = Map.groupBy(doubts, ({ doubt, fix }) => JSON.stringify([doubt, fix]));
  return [...groups.values()].map((of) => {
    const [{ doubt, fix } = { doubt: "", fix: "" }] = of;
    const jails = of.flatMap(({ jail }) => jail ?? []);
    const head = `\nWarning: ${jails.length === 0 ? "" : `${nameJails(jails)}: `}`;
    return [
      hang({ head, text: report(doubt), width, indent: 2 }),
      hang({ head: "  to do: ", text: advice(fix), width }),
    ].join("\n");
  });
}

/** Returns the verdict of a usable configuration, in line with the exit code. */
function verdictOn(fail2ban: Loaded["fail2ban"]): string {
  const { leftOut = [], problems = [], warnings = [] } = fail2ban ?? {};
  if (leftOut.length > 0) return `${amount(leftOut.length, "jail")} LEFT OUT`;
  const mistakes = problems.length + warnings.length;
  return mistakes === 0
    ? "Configuration is valid"
    : `${amount(mistakes, "mistake")} in fail2ban's files`;
}

function describe({ config, fail2ban }: Loaded, terminal: Terminal): string {
  const { width } = terminal;
  const files =
    config.files.length === 0
      ? "no configuration file; built-in defaults"
      : config.files.join(", ");
  const rows = config.jails.map((jail) => [
    jail.name,
    jail.enabled ? "yes" : "no",
    jail.filter,
    jail.source.kind,
    describePolicy(jail),
  ]);
  const table = formatTable({
    headings: ["JAIL", "ENABLED", "FILTER", "SOURCE", "POLICY"],
    rows,
    width: widthOf(terminal),
  });
  const used = new Set(config.jails.map(({ filter }) => filter));
  return [
    hang({
      head: "",
      text: `${verdictOn(fail2ban)}: ${files}; ${amount(used.size, "filter")}.`,
      width,
      indent: 2,
    }),
    "",
    table,
  ].join("\n");
}
