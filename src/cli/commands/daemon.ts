/** reload, stop, version: what concerns the daemon as a whole. */
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readVersion } from "../version.ts";

export async function reload(context: CommandContext): Promise<ExitCode> {
  const { restart_needed: keys } = await ask(context, "reload", {});
  context.terminal.print(
    keys.length === 0
      ? "Reloaded."
      : `Reloaded; these take effect at the next start: ${keys.join(", ")}`,
  );
  return EXIT.ok;
}

export async function stop(
  context: CommandContext,
  { unban }: { readonly unban: boolean },
): Promise<ExitCode> {
  await ask(context, "stop", { unban });
  context.terminal.print(
    unban
      ? "Stopping; every ban is lifted."
      : "Stopping; bans stay in the firewall until they end.",
  );
  return EXIT.ok;
}

export async function version(
  context: CommandContext,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const daemon = await daemonVersion(context);
  const own = readVersion();
  context.terminal.print(
    json
      ? JSON.stringify({ version: own, daemon })
      : `bailiff ${own}\ndaemon  ${daemon ?? "not running"}`,
  );
  return EXIT.ok;
}

async function daemonVersion(context: CommandContext): Promise<string | null> {
  try {
    return (await ask(context, "version", {})).version;
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
