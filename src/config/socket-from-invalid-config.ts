/**
 * Reads the control socket from a configuration with other mistakes, so that commands still reach the daemon that
 * runs with the old one. undefined when no readable file names a socket.
 */
import { isAbsolute } from "node:path";
import { readSources, type WhichFiles } from "./read-sources.ts";

export async function socketFromInvalidConfig(which: WhichFiles): Promise<string | undefined> {
  const { texts } = await readSources(which);
  const { parseToml } = await import("./parse-toml.ts");
  const named = texts.flatMap(({ path, text }) => {
    const table = parseToml(path, text);
    const daemon = table.ok ? table.value["daemon"] : undefined;
    const socket =
      typeof daemon === "object" && daemon !== null && "socket" in daemon ? daemon.socket : "";
    return typeof socket === "string" && isAbsolute(socket) ? [socket] : [];
  });
  return named.at(-1);
}
