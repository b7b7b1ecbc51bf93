/** Defines the command of the dashboard. */
import { Argument } from "commander";
import type { CommandRegistry } from "./command-registry.ts";
import type { WebCommandOptions } from "./web.ts";

export function defineWeb({ program, context, end }: CommandRegistry): void {
  program
    .command("web")
    .usage(["[options]", "open [options]", "password"].join("\n       bailiff web "))
    .addArgument(new Argument("[action]", "what to do").choices(["open", "password"]))
    .summary("run the dashboard, or log in to it")
    .description(
      "run the dashboard in the foreground, as a user without privileges who is in daemon.socket_group. open: print a link that logs in once, within five minutes. password: print a password, or read one from standard input, and the line for it in web.toml",
    )
    .option("--settings <file>", "settings of the dashboard (default: /etc/bailiff/web.toml)")
    .option("--as <name>", "open: the user's name in the audit (default: yours)")
    .option("--read-only", "open: a link that may change nothing", false)
    .action(async (action: "open" | "password" | undefined, options: WebCommandOptions) =>
      end(await (await import("./web.ts")).web(context(), action, options)),
    );
}
