/**
 * Loads the commands to fill the compile cache, which halves time and memory of the first start after an installation.
 * Run by with-node.sh at the end of an installation.
 */
import { createProgram, loadCommands } from "../src/cli/commands.ts";
import { loadAll } from "../src/jails/load-all.ts";

createProgram(() => undefined);
await loadCommands();
// Loads configuration and filters as the daemon does; their problems are reported by the next command.
await loadAll({ path: undefined, env: {}, uid: process.getuid?.() ?? 0 });
// Loaded on demand, only for filters of fail2ban.
await import("../src/jails/load-fail2ban.ts");
