/** Defines what every command receives: common options and output. */
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  /** Path from --config. BAILIFF_CONFIG is read where the configuration is loaded. */
  readonly config: string | undefined;
  /** Path from --socket or BAILIFF_SOCKET. */
  readonly socket: string | undefined;
}

export interface HostFiles {
  readonly path: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
}

/** Returns which configuration a command reads, and as which user. */
export function configFiles({ config }: Pick<CommandContext, "config">): HostFiles {
  return { path: config, env: process.env, uid: process.getuid?.() ?? 0 };
}
