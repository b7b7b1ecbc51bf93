/** Prepares the process, then runs one command from argv. */
import { enableLinearRegex } from "../host/linear-regex.ts";
import { nameProcess } from "../host/process/name-process.ts";
import { resolveModules } from "../host/process/resolve-modules.ts";

nameProcess("bailiff");
enableLinearRegex();
const loaded = resolveModules(new URL("../", import.meta.url));
// Imported now, because static imports would have been resolved before.
const { runCommand } = await import("./run-command.ts");
await runCommand(process.argv.slice(2), loaded);
