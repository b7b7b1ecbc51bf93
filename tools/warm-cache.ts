/**
 * Loads what frequent commands and the daemon load, to fill Node's compile cache at the end of an installation. That
 * halves time and memory of the first start. Run by with-node.sh.
 */
import { join } from "node:path";
import { loadCommands } from "../src/cli/commands.ts";
import { DAEMON_MODULES } from "../src/daemon/service/daemon-modules.ts";
import { listModules } from "../src/host/process/list-modules.ts";
import { loadAll } from "../src/jails/load-all.ts";

process.argv.splice(2, Infinity, "--version");
await import("../src/cli/main.ts");
await loadCommands();
// Loads configuration and filters as the daemon does. Problems in them are not reported here.
await loadAll({ path: undefined, env: {}, uid: process.getuid?.() ?? 0 });
// Also modules that are loaded on demand: for one that is not in the cache, a daemon loads Node's compiler of types,
// and keeps its 8 MB.
for (const path of listModules(DAEMON_MODULES)) await import(join(DAEMON_MODULES.folder, path));
await import("koffi").catch(() => undefined);
