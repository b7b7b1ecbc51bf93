/**
 * Loads what commands and a start of the daemon load, to fill Node's compile cache at the end of an installation. That
 * halves time and memory of the first start. Run by with-node.sh.
 */
import { loadCommands } from "../src/cli/commands.ts";
import { loadAll } from "../src/jails/load-all.ts";

process.argv.splice(2, Infinity, "--version");
await import("../src/cli/main.ts");
await loadCommands();
// Loads configuration and filters as the daemon does. Problems in them are not reported here.
await loadAll({ path: undefined, env: {}, uid: process.getuid?.() ?? 0 });
// Loaded on demand: by every daemon, by one that has koffi, and by one that runs filters of fail2ban.
await import("../src/health/checks/look-at-path.ts");
await import("koffi").catch(() => undefined);
await import("../src/jails/load-fail2ban.ts");
