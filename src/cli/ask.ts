/** Sends one request to the running daemon and returns its answer, or throws a CodedError with advice. */
import { existsSync } from "node:fs";
import { loadConfig } from "../config/load-config.ts";
import { socketFromInvalidConfig } from "../config/socket-from-invalid-config.ts";
import { defaultPaths } from "../config/default-paths.ts";
import { connectControl, type ControlClient } from "../control/client.ts";
import type { CommandName, Commands } from "../control/messages.ts";
import { CodedError } from "../domain/errors.ts";
import { formatProblem } from "../domain/problem.ts";
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
  const { path, doubt } = await findSocket(context);
  try {
    return await connectControl(path);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message, hint = "" } = error;
    const bans = code === "not-running" ? await findRemainingBans() : undefined;
    const hints = [doubt ?? hint, bans ?? ""].filter((text) => text !== "");
    throw new CodedError(code, message, { hint: hints.join("\n"), cause: error });
  }
}

/** Loaded on demand: usually a daemon answers. */
async function findRemainingBans(): Promise<string | undefined> {
  const { explainRemainingBans } = await import("./remaining-bans.ts");
  return explainRemainingBans();
}

export interface FoundSocket {
  readonly path: string;
  /** Why it may be the wrong one. */
  readonly doubt?: string;
}

/** Of the configuration; a broken one must not keep anybody from asking the daemon that still runs with the old one. */
export async function findSocket({ socket, config }: CommandContext): Promise<FoundSocket> {
  if (socket !== undefined) return { path: socket };
  const host = { uid: process.getuid?.() ?? 0, env: process.env };
  const which = { ...(config === undefined ? {} : { path: config }), ...host };
  const loaded = await loadConfig(which);
  const usual = usualSocket(host);
  if (loaded.ok) {
    const { socket: named } = loaded.value.daemon;
    return { path: named === defaultPaths(host).socket ? usual : named };
  }
  const named = await socketFromInvalidConfig(which);
  if (named !== undefined) return { path: named };
  const [problem] = loaded.error;
  const why = problem === undefined ? "" : `: ${formatProblem(problem)}`;
  return {
    path: usual,
    doubt: `the usual socket was tried, because the configuration cannot be used${why}`,
  };
}

/** An ordinary user's own daemon if there is one; else the machine's, which a member of its group may ask. */
function usualSocket(host: Parameters<typeof defaultPaths>[0]): string {
  const { socket: own } = defaultPaths(host);
  return existsSync(own) ? own : defaultPaths({ ...host, uid: 0 }).socket;
}
