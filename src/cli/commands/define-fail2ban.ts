/** Defines fail2ban's commands for the help; `fail2ban-commands.ts` runs them with their own syntax. */
import type { CommandRegistry } from "./command-registry.ts";

const FOREIGN = [
  [
    "fail2ban-client",
    "fail2ban-client, without Python",
    "fail2ban-client without Python, over [fail2ban] socket: fail2ban-client -h",
  ],
  [
    "fail2ban-regex",
    "fail2ban-regex, without Python: try a filter on a log",
    "fail2ban-regex without Python: try a filter of fail2ban on a log: fail2ban-regex -h",
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
