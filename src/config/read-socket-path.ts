/**
 * Reads only the path of the control socket from the configuration. Commands then start faster, and can reach the
 * running daemon even if the configuration has mistakes. undefined: no readable file names a socket.
 */
import { isAbsolute } from "node:path";
import { readSources, type WhichFiles } from "./read-sources.ts";

export async function readSocketPath(which: WhichFiles): Promise<string | undefined> {
  const { texts } = await readSources(which);
  if (texts.length === 0) return undefined;
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
