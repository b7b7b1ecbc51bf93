/** Sends one request to the running daemon and returns its answer, or throws a CodedError with advice. */
import { existsSync } from "node:fs";
import { defaultPaths } from "../config/default-paths.ts";
import { readSocketPath } from "../config/read-socket-path.ts";
import { connectControl, type ControlClient } from "../control/client.ts";
import type { CommandName, Commands } from "../control/messages.ts";
import { CodedError } from "../domain/errors.ts";
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
  const named = await namedSocket(context);
  try {
    return await connectControl(named ?? usualSocket());
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message, hint = "" } = error;
    const doubt = named === undefined ? await findDoubt(context) : undefined;
    const bans = code === "not-running" ? await findRemainingBans() : undefined;
    const hints = [doubt ?? hint, bans ?? ""].filter((text) => text !== "");
    throw new CodedError(code, message, { hint: hints.join("\n"), cause: error });
  }
}

/** Loaded on demand, as the next: usually a daemon answers. */
async function findDoubt(context: CommandContext): Promise<string | undefined> {
  const { doubtUsualSocket } = await import("./doubt-usual-socket.ts");
  return doubtUsualSocket(context);
}

async function findRemainingBans(): Promise<string | undefined> {
  const { explainRemainingBans } = await import("./remaining-bans.ts");
  return explainRemainingBans();
}

export async function findSocket(context: CommandContext): Promise<string> {
  return (await namedSocket(context)) ?? usualSocket();
}

/** By the command line or the configuration. */
async function namedSocket({ socket, config }: CommandContext): Promise<string | undefined> {
  return socket ?? (await readSocketPath({ path: config, env: process.env }));
}

/** An ordinary user's own daemon if there is one; else the machine's, which a member of its group may ask. */
function usualSocket(): string {
  const host = { uid: process.getuid?.() ?? 0, env: process.env };
  const { socket: own } = defaultPaths(host);
  return existsSync(own) ? own : defaultPaths({ ...host, uid: 0 }).socket;
}
