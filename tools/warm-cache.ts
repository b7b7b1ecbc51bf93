/**
 * Loads the commands once, so that their compiled code is in the cache before anybody waits for it: the first start
 * after an installation takes half the time and memory. Run by with-node.sh at the end of an installation.
 */
import { createProgram, loadCommands } from "../src/cli/commands.ts";
import { loadAll } from "../src/jails/load-all.ts";

createProgram(() => undefined);
await loadCommands();
// The daemon's own way through configuration and filters; what is wrong with them is for the command that runs next.
await loadAll({ path: undefined, env: {}, uid: process.getuid?.() ?? 0 });
// What only a host with filters of fail2ban's needs, and is loaded there on demand.
await import("../src/jails/load-fail2ban.ts");
