/** What every command gets: the options common to all, and where its words go. */
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  /** --config, else BAILIFF_CONFIG is looked at where the configuration is loaded. */
  readonly config: string | undefined;
  /** --socket or BAILIFF_SOCKET. */
  readonly socket: string | undefined;
}
