/** Asks the running daemon one question and gives its answer, or throws a CodedError that says what to do. */
import { loadConfig } from "../config/load-config.ts";
import { defaultPaths } from "../config/default-paths.ts";
import { connectControl, type ControlClient } from "../control/client.ts";
import type { CommandName, Commands } from "../control/messages.ts";
import type { CommandContext } from "./context.ts";

export async function ask<Name extends CommandName>(
  context: CommandContext,
  command: Name,
  input: Commands[Name]["in"],
): Promise<Commands[Name]["out"]> {
  await using client = await connectDaemon(context);
  return await client.request(command, input);
}

export async function connectDaemon(context: CommandContext): Promise<ControlClient> {
  return connectControl(await socketPath(context));
}

/** Of the configuration; a broken one must not keep anybody from asking the daemon that still runs with the old one. */
async function socketPath({ socket, config }: CommandContext): Promise<string> {
  if (socket !== undefined) return socket;
  const host = { uid: process.getuid?.() ?? 0, env: process.env };
  const loaded = await loadConfig({ ...(config === undefined ? {} : { path: config }), ...host });
  return loaded.ok ? loaded.value.daemon.socket : defaultPaths(host).socket;
}
