/** Finds why the default socket may be the wrong one: an unusable configuration may name another. */
import { readSources } from "../config/read-sources.ts";
import { formatProblem } from "../domain/problem.ts";
import type { CommandContext } from "./context.ts";

/** Returns the configuration's first problem; undefined: it is usable, and names no other socket. */
export async function doubtUsualSocket({ config }: CommandContext): Promise<string | undefined> {
  const which = { path: config, env: process.env };
  const { texts, problems } = await readSources(which);
  if (texts.length === 0 && problems.length === 0) return undefined;
  const { loadConfig } = await import("../config/load-config.ts");
  const loaded = await loadConfig({ ...which, uid: process.getuid?.() ?? 0 });
  if (loaded.ok) return undefined;
  const [problem] = loaded.error;
  return problem === undefined ? undefined : formatProblem(problem);
}
