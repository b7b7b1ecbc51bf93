/** Defines the commands about services by name: services, enable, disable. */
import type { CommandRegistry } from "./command-registry.ts";
import { JSON_OPTION } from "./shared-options.ts";

export function defineServices({ program, context, end }: CommandRegistry): void {
  program
    .command("services")
    .argument("[service...]", "names of services, whose whole texts are shown")
    .summary("list services of this host, and whether they are protected")
    .description(
      "list the services found on this host, or the named ones: where, and whether they are protected; exit code 1 if one has no jail in the state protecting, observing or actions-only",
    )
    .option("--all", "list every service of the filter library", false)
    .option(...JSON_OPTION)
    .action(async (names: string[], options: { all: boolean; json: boolean }) =>
      end(await (await import("./services.ts")).services(context(), names, options)),
    );
  program
    .command("enable")
    .argument("<service...>", "names of services, as bailiff services shows them")
    .summary("enable jails for services")
    .description(
      "enable jails for services: write a file in conf.d for each, and reload; if anything is invalid, nothing is changed",
    )
    .option("--abuse", "also ban for probes, scanners, spam and other abuse", false)
    .option("--unverified", "also use rules that were not verified on a real log", false)
    .option(...JSON_OPTION)
    .action(
      async (names: string[], options: { abuse: boolean; unverified: boolean; json: boolean }) =>
        end(await (await import("./enable.ts")).enable(context(), names, options)),
    );
  program
    .command("disable")
    .argument("<service...>", "names of services")
    .summary("disable jails of services")
    .description(
      "disable jails of services: undo bailiff enable, or write a file in conf.d that turns the jail off, and reload; a service that is not enabled is left as it is",
    )
    .option(...JSON_OPTION)
    .action(async (names: string[], options: { json: boolean }) =>
      end(await (await import("./enable.ts")).disable(context(), names, options)),
    );
}
