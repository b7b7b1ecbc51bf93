/** Defines run, restore, clear-firewall, reload, stop, version and demo. */
import type { CommandRegistry } from "./command-registry.ts";
import { JSON_OPTION } from "./shared-options.ts";

export function defineRunning({ program, context, end, loaded }: CommandRegistry): void {
  program
    .command("run")
    .summary("run the daemon in the foreground")
    .description("run the daemon in the foreground, to protect this host")
    .option("--verbose", "log debug events as well", false)
    .option("--fail2ban <directory>", "also run the jails of this fail2ban configuration")
    .action(async (options: { verbose: boolean; fail2ban?: string }) => {
      const { run } = await import("./run.ts");
      end(await run(context(), options, loaded));
    });
  program
    .command("restore")
    .summary("put recorded bans into the firewall, before the daemon runs")
    .description(
      "put recorded bans into the firewall once and end, for the time between boot and the start of the daemon",
    )
    .action(async () => end(await (await import("./restore.ts")).restore(context())));
  program
    .command("clear-firewall")
    .summary("remove everything of bailiff from the firewall")
    .description(
      "remove everything of bailiff from every enforcer that was ever used here; stop the daemon first. Recorded bans stay, and come back when it starts",
    )
    .option("--forget <enforcer>", "clear only this one, and forget it even if that fails")
    .action(async (options: { forget?: string }) =>
      end(await (await import("./clear-firewall.ts")).clear(context(), options)),
    );
  program
    .command("reload")
    .summary("reload the configuration")
    .description("reload the configuration; an invalid one changes nothing")
    .action(async () => end(await (await import("./daemon.ts")).reload(context())));
  program
    .command("stop")
    .summary("stop the daemon; bans stay in the firewall")
    .description("stop the daemon; bans stay in the firewall until they end")
    .option("--unban", "lift every ban first", false)
    .action(async (options: { unban: boolean }) =>
      end(await (await import("./daemon.ts")).stop(context(), options)),
    );
  program
    .command("version")
    .summary("print the versions of this program and of the daemon")
    .description("print the versions of this program and of the daemon")
    .option(...JSON_OPTION)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./daemon.ts")).version(context(), options)),
    );
  program
    .command("demo")
    .summary("show a real attack being banned, in a sandbox (root)")
    .description("show a real attack being banned, in separate network namespaces (root)")
    .option("--web", "attack until Ctrl-C, and open the dashboard to a browser here", false)
    .action(async (options: { web: boolean }) =>
      end(await (await import("./demo.ts")).demo(context(), options)),
    );
}
