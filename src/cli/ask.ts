/** Sends one request to the running daemon and returns its answer, or throws a CodedError with advice. */
import { existsSync } from "node:fs";
import { defaultPaths } from "../config/default-paths.ts";
import { readSocketPath } from "../config/read-socket-path.ts";
import { connectControl, type ControlClient } from "../control/client.ts";
import type { CommandName, Commands } from "../control/messages.ts";
import { CodedError } from "../domain/errors.ts";
import { quoteWord } from "./complete-commands.ts";
import type { CommandContext } from "./context.ts";

export async function ask<Name extends CommandName>(
  context: CommandContext,
  command: Name,
  input: Commands[Name]["in"],
): Promise<Commands[Name]["out"]> {
  await using client = await connectDaemon(context, command);
  return await client.request(command, input);
}

export async function connectDaemon(
  context: CommandContext,
  command?: CommandName,
): Promise<ControlClient> {
  const named = await namedSocket(context);
  try {
    return await connectControl(named ?? usualSocket());
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const doubt = named === undefined ? await findDoubt(context) : undefined;
    const explained = doubt === undefined ? error : explainDoubt(error, doubt, command);
    if (error.code !== "not-running") throw explained;
    const { code, message, hint } = explained;
    const isUsual = context.config === undefined && context.socket === undefined;
    const other = isUsual && doubt === undefined ? nameOtherConfiguration() : undefined;
    const hints = [hint, other, await findRemainingBans()].filter((text) => text !== undefined);
    throw new CodedError(code, message, { hint: hints.join("\n"), cause: error });
  }
}

/** Adds to an error that the default socket was tried, although the configuration may name another. */
function explainDoubt(error: CodedError, doubt: string, command?: CommandName): CodedError {
  const { code, message } = error;
  if (code !== "not-running") {
    const hint = `the usual socket was tried, because the configuration cannot be used: ${doubt}`;
    return new CodedError(code, message, { hint, cause: error });
  }
  const what = command === "reload" ? "not reloaded" : "no daemon answers";
  return new CodedError(code, `${what}: ${doubt}`, {
    hint: "without a valid configuration its socket is unknown: give --socket",
    cause: error,
  });
}

function nameOtherConfiguration(): string {
  const typed = process.argv.slice(2).map(quoteWord).join(" ");
  return `if it runs with another configuration: bailiff --config FILE ${typed}`;
}

/** Returns why the default socket may be wrong. Loaded on demand, because usually a daemon answers. */
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

/** Returns the socket that the command line or the configuration names. */
async function namedSocket({ socket, config }: CommandContext): Promise<string | undefined> {
  return socket ?? (await readSocketPath({ path: config, env: process.env }));
}

/**
 * Returns the socket of this user's own daemon if it exists, else that of the system's daemon, which members of its
 * group may use.
 */
function usualSocket(): string {
  const host = { uid: process.getuid?.() ?? 0, env: process.env };
  const { socket: own } = defaultPaths(host);
  return existsSync(own) ? own : defaultPaths({ ...host, uid: 0 }).socket;
}
