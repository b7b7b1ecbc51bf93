/** What every command receives: the common options, and its outputs. */
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  /** --config, else BAILIFF_CONFIG is looked at where the configuration is loaded. */
  readonly config: string | undefined;
  /** --socket or BAILIFF_SOCKET. */
  readonly socket: string | undefined;
}

export interface HostFiles {
  readonly path: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
}

/** Which configuration a command reads, and as whom. */
export function configFiles({ config }: Pick<CommandContext, "config">): HostFiles {
  return { path: config, env: process.env, uid: process.getuid?.() ?? 0 };
}
