/**
 * Replaces the modules through which the daemon reaches the host without a port: node:fs, the host's name, sqlite, zlib, timers,
 * processor time, programs and the syslog socket. All other code is the real code. It must be imported before anything that
 * imports the daemon.
 */
import { registerHooks } from "node:module";

const SOURCES = new URL("../../src/", import.meta.url).href;
const HERE = new URL("modules/", import.meta.url).href;

/** Replacements by URL of the real module. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ["node:fs", `${HERE}fs.ts`],
  ["node:fs/promises", `${HERE}fs-promises.ts`],
  ["node:os", `${HERE}os.ts`],
  ["node:sqlite", `${HERE}sqlite.ts`],
  ["node:zlib", `${HERE}zlib.ts`],
  [`${SOURCES}host/logins/records-elsewhere.ts`, `${HERE}records-elsewhere.ts`],
  [`${SOURCES}host/timers.ts`, `${HERE}timers.ts`],
  [`${SOURCES}host/process/child-process.ts`, `${HERE}child-process.ts`],
  [`${SOURCES}host/process/find-program.ts`, `${HERE}find-program.ts`],
  [`${SOURCES}host/process/run-program.ts`, `${HERE}run-program.ts`],
  [`${SOURCES}host/process/processor-time.ts`, `${HERE}processor-time.ts`],
  [`${SOURCES}host/logs/send-syslog-line.ts`, `${HERE}send-syslog-line.ts`],
]);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    if (context.parentURL?.startsWith(SOURCES) !== true) return resolved;
    const url = REPLACED.get(resolved.url);
    return url === undefined ? resolved : { url, format: "module-typescript", shortCircuit: true };
  },
});
