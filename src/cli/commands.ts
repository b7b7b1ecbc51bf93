/** The command line: every command, its arguments, its help. Commands load their code when they are called. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "./context.ts";
import type { ExitCode } from "./exit-code.ts";
import { openTerminal } from "./terminal.ts";
import { readVersion } from "./version.ts";

/** `end` takes the exit code of the command that ran. */
export function createProgram(end: (code: ExitCode) => void): Command {
  const program = new Command("bailiff")
    .description(
      "Watches logs, recognizes repeated failures, bans their source in the firewall, and keeps proving that it does.",
    )
    .option(
      "--config <path>",
      "configuration file (else BAILIFF_CONFIG, else /etc/bailiff/bailiff.toml)",
    )
    .addOption(
      new Option(
        "--socket <path>",
        "control socket of the daemon, else the one the configuration names",
      ).env("BAILIFF_SOCKET"),
    )
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "explain")
    .helpCommand("help [command]", "explain a command")
    .showHelpAfterError("  bailiff help COMMAND explains a command")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "bailiff:")) })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride();
  const context = (): CommandContext => {
    const { config, socket } = program.opts<{ config?: string; socket?: string }>();
    return { terminal: openTerminal(), config, socket };
  };
  addRunning({ program, context, end });
  addReading({ program, context, end });
  addFollow({ program, context, end });
  addOrders({ program, context, end });
  addBreaker({ program, context, end });
  addLocal({ program, context, end });
  addImport({ program, context, end });
  addHabits({ program, context, end });
  addForeign({ program, context, end });
  return program;
}

/** Commander's own form also says "(default: false)" of every flag. */
export function describeOption(option: Option): string {
  const { description, argChoices, defaultValue, envVar } = option;
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(" or ")]),
    ...(defaultValue === undefined || defaultValue === false
      ? []
      : [`default: ${String(defaultValue)}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join(", ")})`;
}

interface Adding {
  readonly program: Command;
  readonly context: () => CommandContext;
  readonly end: (code: ExitCode) => void;
}

const JSON_OPTION = ["--json", "JSON, for programs"] as const;

function addRunning({ program, context, end }: Adding): void {
  program
    .command("run")
    .description("protect this machine, in the foreground")
    .option("--verbose", "log details as well", false)
    .option("--fail2ban <directory>", "also run the jails of this fail2ban configuration")
    .action(async (options: { verbose: boolean; fail2ban?: string }) =>
      end(await (await import("./commands/run.ts")).run(context(), options)),
    );
  program
    .command("reload")
    .description("make the daemon read its configuration again; a bad one changes nothing")
    .action(async () => end(await (await import("./commands/daemon.ts")).reload(context())));
  program
    .command("stop")
    .description("end the daemon; bans stay in the firewall")
    .option("--unban", "lift every ban first", false)
    .action(async (options: { unban: boolean }) =>
      end(await (await import("./commands/daemon.ts")).stop(context(), options)),
    );
  program
    .command("version")
    .description("version of this program and of the daemon")
    .option(...JSON_OPTION, false)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./commands/daemon.ts")).version(context(), options)),
    );
  program
    .command("demo")
    .description("show a real attack being banned, in a network of its own (root)")
    .action(async () => end(await (await import("./commands/demo.ts")).demo(context())));
}

function addReading({ program, context, end }: Adding): void {
  program
    .command("status")
    .argument("[jail]")
    .description("does it protect: every jail, or one in detail; exit code 1 when one does not")
    .option(...JSON_OPTION, false)
    .action(async (jail: string | undefined, options: { json: boolean }) =>
      end(await (await import("./commands/status.ts")).status(context(), jail, options)),
    );
  program
    .command("verify")
    .argument("[jail]")
    .description(
      "try it for real: a failed login of its own, followed to a dropped packet; exit code 0 only when every step is proven",
    )
    .option(...JSON_OPTION, false)
    .action(async (jail: string | undefined, options: { json: boolean }) =>
      end(await (await import("./commands/verify.ts")).verify(context(), jail, options)),
    );
  program
    .command("drift")
    .argument("[jail]")
    .description(
      "lines that no rule knows, and the rule that would; exit code 1 when some look like failures",
    )
    .option("--accept <n>", "add the rule proposed for message n to your own filters", parseCount)
    .option(
      "--dismiss <n>",
      "message n is harmless: add a rule that knows it and says so",
      parseCount,
    )
    .option("--all", "what is not suspicious, too", false)
    .option(...JSON_OPTION, false)
    .action(
      async (
        jail: string | undefined,
        options: { json: boolean; all: boolean; accept?: number; dismiss?: number },
      ) => end(await (await import("./commands/drift.ts")).drift(context(), jail, options)),
    );
  program
    .command("doctor")
    .argument("[jail]")
    .description(
      "every link from a log line to a dropped packet, what was seen and what to do; exit code 0 only when all protect",
    )
    .option("--bundle <file>", "write what a helper needs to a file, without secrets")
    .option(...JSON_OPTION, false)
    .action(async (jail: string | undefined, options: { json: boolean; bundle?: string }) =>
      end(await (await import("./commands/doctor.ts")).doctor(context(), jail, options)),
    );
  program
    .command("bans")
    .alias("banned")
    .description("who is banned now")
    .option("--jail <jail>", "of one jail")
    .option(...JSON_OPTION, false)
    .action(async (options: { json: boolean; jail?: string }) =>
      end(await (await import("./commands/bans.ts")).bans(context(), options)),
    );
  program
    .command("why")
    .argument("<address>", "an address or network")
    .description(
      "everything known of an address: lines, rule, counts, ban, history, and the command that undoes it",
    )
    .option(...JSON_OPTION, false)
    .action(async (subject: string, options: { json: boolean }) =>
      end(await (await import("./commands/why.ts")).why(context(), subject, options)),
    );
  program
    .command("history")
    .argument("[address]")
    .description("past bans; with --audit every ban, unban and change: who, when, why")
    .option("--audit", "the audit instead of past bans", false)
    .option("--jail <jail>", "of one jail")
    .option("--limit <n>", "how many at most", parseCount, 50)
    .option(...JSON_OPTION, false)
    .action(
      async (
        subject: string | undefined,
        options: { json: boolean; audit: boolean; jail?: string; limit: number },
      ) => end(await (await import("./commands/history.ts")).history(context(), subject, options)),
    );
}

function addFollow({ program, context, end }: Adding): void {
  program
    .command("follow")
    .description("show what the daemon does as it does it, until Ctrl-C")
    .option(...JSON_OPTION, false)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./commands/follow.ts")).follow(context(), options)),
    );
}

function addOrders({ program, context, end }: Adding): void {
  program
    .command("ban")
    .argument("<address...>", 'addresses or networks; "-" reads them from standard input')
    .description(
      "ban at once; the allow-list still wins, and an address where somebody is logged in takes --force; exit code 1 when one was not banned",
    )
    .option("--jail <jail>", "in the name of a jail, with its ports (default: all traffic)")
    .option("--for <length>", 'how long: 90s, 10m, 2h, 7d or "forever" (default: bantime)')
    .option("--reason <text>", "kept with the ban and in the audit")
    .option("--force", "although somebody is logged in from there, maybe you", false)
    .option(...JSON_OPTION, false)
    .action(
      async (
        subjects: string[],
        options: { json: boolean; jail?: string; for?: string; reason?: string; force: boolean },
      ) => end(await (await import("./commands/order.ts")).ban(context(), subjects, options)),
    );
  program
    .command("unban")
    .argument(
      "[address...]",
      'every ban that shares an address with one of them is lifted; "-" reads them from standard input',
    )
    .description("let in again")
    .option("--all", "lift every ban", false)
    .option("--jail <jail>", "only bans of this jail")
    .option("--reason <text>", "kept in the audit")
    .option("--keep-history", "they still make the next bans of these addresses longer", false)
    .option(...JSON_OPTION, false)
    .action(
      async (
        subjects: string[],
        options: {
          json: boolean;
          all: boolean;
          jail?: string;
          reason?: string;
          keepHistory: boolean;
        },
      ) => end(await (await import("./commands/order.ts")).unban(context(), subjects, options)),
    );
  program
    .command("allow")
    .argument(
      "[address...]",
      'addresses or networks; "-" reads them from standard input; without any, the allow-list is shown',
    )
    .description("never ban them, and lift their bans")
    .option("--for <length>", "only so long (default: until removed)")
    .option("--reason <text>", "kept with it and in the audit")
    .option("--remove", "take it off the allow-list", false)
    .option(...JSON_OPTION, false)
    .action(
      async (
        subjects: string[],
        options: { json: boolean; for?: string; reason?: string; remove: boolean },
      ) => end(await (await import("./commands/order.ts")).allow(context(), subjects, options)),
    );
}

function addBreaker({ program, context, end }: Adding): void {
  program
    .command("breaker")
    .addArgument(new Argument("[what]", "without it, stopped rules are listed").choices(["reset"]))
    .argument("[jail]", "of this jail alone")
    .argument("[rule]", "and this rule alone")
    .description(
      "rules that were stopped because they hit people who log in here, or ban at their limit; reset lets them ban again",
    )
    .option(...JSON_OPTION, false)
    .action(
      async (
        what: string | undefined,
        jail: string | undefined,
        rule: string | undefined,
        options: { json: boolean },
      ) =>
        end(
          await (await import("./commands/breaker.ts")).breaker(
            context(),
            { what, jail, rule },
            options,
          ),
        ),
    );
}

function addLocal({ program, context, end }: Adding): void {
  program
    .command("check")
    .description(
      "read the configuration and the filters as the daemon would; exit code 78 on any problem",
    )
    .option("--fail2ban <directory>", "what the jails of this fail2ban configuration become")
    .option(...JSON_OPTION, false)
    .action(async (options: { json: boolean; fail2ban?: string }) =>
      end(await (await import("./commands/check.ts")).check(context(), options)),
    );
  program
    .command("assess")
    .description(
      "should this host run bailiff: what it lets in, who attacks it, what bans would stop, and what would help most; exit code 1 when too little can be seen to judge",
    )
    .option(...JSON_OPTION, false)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./commands/assess.ts")).assess(context(), options)),
    );
  program
    .command("scan")
    .argument("<log>", 'a file, a .gz, or "-" for standard input')
    .description("what a filter makes of a log, by the functions the daemon uses")
    .addOption(
      new Option(
        "--filter <name>",
        "a filter by name, or the path of a filter file; may be repeated",
      )
        .argParser<readonly string[]>((name, before) => [...(before ?? []), name])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--mode <mode>", "rules to use")
        .choices(["normal", "aggressive"])
        .default("normal"),
    )
    .option("--json", "a JSON object for every line, for programs", false)
    .action(
      async (
        log: string,
        options: { filter: string[]; mode: "normal" | "aggressive"; json: boolean },
      ) => end(await (await import("./commands/scan.ts")).scan(context(), log, options)),
    );
}

function addImport({ program, context, end }: Adding): void {
  program
    .command("import")
    .argument("<directory>", "fail2ban's configuration, such as /etc/fail2ban")
    .description("write a fail2ban configuration as files of our own, and tell what changes")
    .option("--out <directory>", "where to write them (default: only tell)")
    .option("--bans", "take over who is banned, for the time that is left, and who was", false)
    .option("--database <file>", "take bans from this file (default: dbfile of its fail2ban.conf)")
    .action(
      async (directory: string, options: { out?: string; bans: boolean; database?: string }) =>
        end(
          await (await import("./commands/import.ts")).importForeign(context(), directory, options),
        ),
    );
}

/** What fingers know from fail2ban-client: `set JAIL banip IP`, `set JAIL unbanip IP`, `get JAIL banip`. */
function addHabits({ program, context, end }: Adding): void {
  program
    .command("set")
    .argument("<jail>")
    .addArgument(new Argument("<what>").choices(["banip", "unbanip", "addignoreip", "delignoreip"]))
    .argument("<address...>", '"-" reads them from standard input')
    .description("as in fail2ban-client: set sshd banip 192.0.2.7")
    .action(async (jail: string, what: string, subjects: string[]) =>
      end(await (await import("./commands/habits.ts")).set(context(), { jail, what, subjects })),
    );
  program
    .command("get")
    .argument("<jail>")
    .addArgument(new Argument("<what>").choices(["banip", "banned", "ignoreip"]))
    .description("as in fail2ban-client: get sshd banip")
    .action(async (jail: string, what: string) =>
      end(await (await import("./commands/habits.ts")).get(context(), { jail, what })),
    );
}

/** Told of here, run by `foreign-commands.ts`: their options are their own. */
function addForeign({ program }: Adding): void {
  const told = [
    [
      "fail2ban-client",
      "fail2ban-client without Python, over [fail2ban] socket: fail2ban-client -h",
    ],
    [
      "fail2ban-regex",
      "fail2ban-regex without Python: try a filter of fail2ban on a log: fail2ban-regex -h",
    ],
  ] as const;
  for (const [name, description] of told)
    program
      .command(name)
      .argument("[words...]")
      .description(description)
      .action(async (words: string[]) => {
        process.exitCode = await (await import("./foreign-commands.ts")).runForeign([
          name,
          ...words,
        ]);
      });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 100_000) return count;
  throw new InvalidArgumentError("A whole number from 1 to 100000 is expected.");
}

/** Loads the code of the commands that are waited for most, for whoever fills the compile cache. */
export async function loadCommands(): Promise<void> {
  await Promise.all([
    import("./commands/run.ts"),
    import("./commands/scan.ts"),
    import("./commands/status.ts"),
  ]);
}
