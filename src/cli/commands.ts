/** Defines the command line: every command, its arguments, its help. The code of a command is loaded when it runs. */
import { Command, type HelpConfiguration, Option } from "commander";
import type { CommandRegistry } from "./commands/command-registry.ts";
import { defineFail2ban } from "./commands/define-fail2ban.ts";
import { defineLocal } from "./commands/define-local.ts";
import { defineOrders } from "./commands/define-orders.ts";
import { defineReading } from "./commands/define-reading.ts";
import { defineServices } from "./commands/define-services.ts";
import { defineWeb } from "./commands/define-web.ts";
import { defineRunning } from "./commands/define-running.ts";
import type { TypedOptions } from "./complete-commands.ts";
import type { CommandContext } from "./context.ts";
import { describeOption } from "./describe-option.ts";
import type { ExitCode } from "./exit-code.ts";
import { openTerminal, screenWidth } from "./terminal.ts";
import { throwUsageError, unknownHelpTopic } from "./usage-error.ts";
import { readVersion } from "./version.ts";

/** `loaded`: URLs of the program's modules that are imported so far; it grows. */
export function createProgram(
  end: (code: ExitCode) => void,
  loaded: ReadonlySet<string> = new Set(),
): Command {
  const program: Command = new Command("bailiff")
    .description(
      "Watches logs, recognizes repeated failures, bans the addresses they come from in the firewall, and keeps proving that it does.",
    )
    .addOption(new Option("--config <path>", "configuration file (env: BAILIFF_CONFIG)"))
    .addOption(new Option("--socket <path>", "control socket of the daemon").env("BAILIFF_SOCKET"))
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show the help of a command")
    .configureOutput({
      // The caller prints errors.
      outputError: () => undefined,
      writeErr: (text) => {
        if (unknownHelpTopic(program) === undefined) process.stderr.write(text);
      },
    })
    .configureHelp(helpForm());
  const context = (): CommandContext => {
    const { config, socket } = program.opts<{ config?: string; socket?: string }>();
    // An empty variable counts as unset.
    return { terminal: openTerminal(typedOptions(program)), config, socket: socket || undefined };
  };
  const defining: CommandRegistry = { program, context, end, loaded };
  defineRunning(defining);
  defineReading(defining);
  defineOrders(defining);
  defineServices(defining);
  defineWeb(defining);
  defineLocal(defining);
  defineFail2ban(defining);
  for (const command of [program, ...program.commands])
    command.exitOverride((error) => {
      throwUsageError(error, command);
      throw error;
    });
  return program;
}

/** Returns the options typed on the command line. Those from the environment apply to suggested commands anyway. */
export function typedOptions(program: Command): TypedOptions {
  const { config, socket } = program.opts<{ config?: string; socket?: string }>();
  return { config, socket: program.getOptionValueSource("socket") === "cli" ? socket : undefined };
}

/** Configures help: one line for each command, with its name and summary. */
function helpForm(): HelpConfiguration {
  return {
    helpWidth: screenWidth(process.stdout, process.env),
    minWidthToWrap: 20,
    optionDescription: describeOption,
    subcommandTerm: (command) => [command.name(), ...command.aliases()].join("|"),
  };
}

/** Loads the code of the most frequent commands, to fill Node's compile cache. */
export async function loadCommands(): Promise<void> {
  await Promise.all([
    import("./commands/run.ts"),
    import("./commands/scan.ts"),
    import("./commands/status.ts"),
  ]);
}
