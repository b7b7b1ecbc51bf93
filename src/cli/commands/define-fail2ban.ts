/** Defines fail2ban's commands for the help; `fail2ban-commands.ts` runs them with their own syntax. */
import type { CommandRegistry } from "./command-registry.ts";

const FOREIGN = [
  [
    "fail2ban-client",
    "run fail2ban-client commands against bailiff",
    "run fail2ban-client commands against bailiff, over [fail2ban] socket: fail2ban-client -h",
  ],
  [
    "fail2ban-regex",
    "test a fail2ban filter on a log, as fail2ban-regex does",
    "test a fail2ban filter on a log, as fail2ban-regex does: fail2ban-regex -h",
  ],
] as const;

export function defineFail2ban({ program }: CommandRegistry): void {
  for (const [name, summary, description] of FOREIGN)
    program
      .command(name)
      .argument("[words...]")
      .summary(summary)
      .description(description)
      .action(async (words: string[]) => {
        const { runFail2banCommand } = await import("../fail2ban-commands.ts");
        process.exitCode = await runFail2banCommand([name, ...words]);
      });
}
