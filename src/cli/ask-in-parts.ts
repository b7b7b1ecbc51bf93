/** Sends a request about many subjects to the daemon in parts that it accepts. */
import type { ControlClient } from "../control/client.ts";
import { connectDaemon } from "./ask.ts";
import type { CommandContext } from "./context.ts";

/** Maximum number of subjects that the daemon accepts in one request. */
const MAX_REQUEST_SUBJECTS = 10_000;

/** Sends all subjects over one connection, in as few requests as possible. */
export async function askInParts<Reply>(
  context: CommandContext,
  subjects: readonly string[],
  ask: (client: ControlClient, part: readonly string[]) => Promise<Reply>,
): Promise<readonly Reply[]> {
  await using client = await connectDaemon(context);
  const replies: Reply[] = [];
  for (let from = 0; from < subjects.length; from += MAX_REQUEST_SUBJECTS)
    replies.push(await ask(client, subjects.slice(from, from + MAX_REQUEST_SUBJECTS)));
  return replies;
}
