/** Implements reload, stop and version. */
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import { askReload } from "../ask-reload.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe } from "../terminal.ts";
import { readVersion } from "../version.ts";

export async function reload(context: CommandContext): Promise<ExitCode> {
  const { restart_needed: keys } = await askReload(context);
  context.terminal.show(
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
  const { enforcer, jails } = await ask(context, "status", {});
  await ask(context, "stop", { unban });
  const isDropping =
    enforcer.enforcing &&
    (jails.length === 0 || jails.some(({ bans_by }) => bans_by === "firewall"));
  const isActing = jails.some(({ bans_by }) => bans_by === "actions");
  context.terminal.show(
    unban
      ? "Stopping; every ban is lifted."
      : isDropping
        ? "Stopping; bans stay in the firewall until they end."
        : isActing
          ? "Stopping; the jails' actions are ended."
          : "Stopping; it only observed, nothing was dropped.",
  );
  return EXIT.ok;
}

export async function version(
  context: CommandContext,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const daemon = await daemonVersion(context);
  const own = readVersion();
  if (json) context.terminal.print(JSON.stringify({ version: own, daemon: daemon.version }));
  else context.terminal.show(`command  ${own}\ndaemon   ${daemon.version ?? daemon.reason}`);
  return EXIT.ok;
}

type DaemonVersion =
  | { readonly version: string }
  | { readonly version: null; readonly reason: string };

async function daemonVersion(context: CommandContext): Promise<DaemonVersion> {
  try {
    return await ask(context, "version", {});
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // Another socket may have a daemon, so it is not called stopped.
    return { version: null, reason: safe(error.message) };
  }
}
