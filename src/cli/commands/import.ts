import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadFail2ban, missingDirectory } from "../../jails/load-fail2ban.ts";
import { CodedError } from "../../domain/errors.ts";
import { amount } from "../../domain/amount.ts";
import type { CommandContext } from "../context.ts";
import type { Fail2banJail } from "../../fail2ban/config/read-directory.ts";
import { explainChoice } from "../../control/answers/explain-auto.ts";
import { sentence } from "../format-time.ts";
import { hang } from "../wrap-text.ts";
import { describeFail2ban } from "../describe-fail2ban.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export interface ImportOptions {
  readonly out?: string;
  /** Whether to import bans too. */
  readonly bans: boolean;
  readonly database?: string;
}

/** Converts a fail2ban directory to native configuration; without --out it only reports. */
export async function importFail2ban(
  context: CommandContext,
  directory: string,
  { out, bans, database }: ImportOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const missing = missingDirectory(directory);
  if (missing !== undefined) {
    throw new CodedError("no-input", `${directory}: ${missing.got}`, {
      hint: "specify fail2ban's configuration directory, such as /etc/fail2ban",
    });
  }
  const fail2ban = await loadFail2ban(resolve(directory));
  terminal.show(describeFail2ban(fail2ban, terminal.width));
  const { width } = terminal;
  if (fail2ban.known.some(isLeftToAuto))
    terminal.show(
      `\n${hang({ head: "", text: sentence(await explainChoice()), width, indent: 2 })}`,
    );
  terminal.show(
    out === undefined
      ? "\nNothing was written; to write files: --out DIRECTORY"
      : `\n${write(fail2ban, resolve(out))}`,
  );
  if (bans || database !== undefined) {
    const { importBans } = await import("./import-bans.ts");
    terminal.show(`\n${await importBans(context, resolve(directory), { database })}`);
  }
  return fail2ban.problems.length === 0 ? EXIT.ok : EXIT.config;
}

/** Reports whether the jail runs, and lets "auto" choose its enforcer. */
function isLeftToAuto({ enabled, actions }: Fail2banJail): boolean {
  return (
    enabled &&
    actions.some(({ firewall }) => firewall.kind === "replaced" && firewall.enforcer === "auto")
  );
}

function write(fail2ban: Awaited<ReturnType<typeof loadFail2ban>>, out: string): string {
  const is = statSync(out, { throwIfNoEntry: false });
  if (is !== undefined && (!is.isDirectory() || readdirSync(out).length > 0)) {
    throw new CodedError(
      "import-not-empty",
      `${out} is ${is.isDirectory() ? "not empty" : "a file"}`,
      {
        hint: "specify a new directory: nothing is overwritten",
      },
    );
  }
  const filters = join(out, "filters");
  mkdirSync(filters, { recursive: true });
  for (const { filter } of fail2ban.jails)
    writeFileSync(join(filters, `${filter.name}.toml`), filter.text);
  const config = join(out, "bailiff.toml");
  const head = `# Made from a fail2ban configuration by: bailiff import

[filters]
directories = [${JSON.stringify(filters)}]

`;
  writeFileSync(config, head + fail2ban.jails.map((jail) => jail.config).join("\n"));
  return `Written: ${config} and ${amount(fail2ban.jails.length, "filter")} in ${filters}.
Check it: bailiff --config ${config} check`;
}
