/**
 * Loads the commands to fill Node's compile cache, at the end of an installation. That halves time and memory of the
 * first start. Run by with-node.sh.
 */
import { createProgram, loadCommands } from "../src/cli/commands.ts";
import { loadAll } from "../src/jails/load-all.ts";

createProgram(() => undefined);
await loadCommands();
// Loads configuration and filters as the daemon does. Problems in them are not reported here.
await loadAll({ path: undefined, env: {}, uid: process.getuid?.() ?? 0 });
// Loaded on demand, only for filters of fail2ban.
await import("../src/jails/load-fail2ban.ts");
