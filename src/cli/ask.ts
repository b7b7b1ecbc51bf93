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
  const path = named ?? usualSocket();
  try {
    return await connectControl(path);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const doubt = named === undefined ? await findDoubt(context) : undefined;
    if (doubt !== undefined) throw explainDoubt(error, { path, doubt, command });
    if (error.code !== "not-running") throw error;
    const { code, message, hint } = error;
    const isUsual = context.config === undefined && context.socket === undefined;
    const other = isUsual ? nameOtherConfiguration() : undefined;
    const hints = [hint, other, await findRemainingBans()].filter((text) => text !== undefined);
    throw new CodedError(code, message, { hint: hints.join("\n"), cause: error });
  }
}

interface Doubt {
  /** The socket that was tried. */
  readonly path: string;
  readonly doubt: string;
  readonly command: CommandName | undefined;
}

/** Adds to an error that only the default socket was tried: the daemon may run with another, and enforce bans. */
function explainDoubt(error: CodedError, { path, doubt, command }: Doubt): CodedError {
  const { code, message } = error;
  const cause = error;
  if (code !== "not-running") {
    const hint = `only the default socket was tried, because the configuration is invalid: ${doubt}`;
    return new CodedError(code, message, { hint, cause });
  }
  const before = command === "reload" ? "not reloaded: " : "";
  const what = `${before}the configuration is invalid, so the socket of the daemon is unknown: ${doubt}`;
  const hint = `correct it (bailiff check), or set the socket with --socket PATH; only the default socket was tried, and no process is listening on it: ${path}`;
  return new CodedError(code, what, { hint, cause });
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
