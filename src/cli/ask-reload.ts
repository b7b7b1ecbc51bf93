/** Has the daemon reload its configuration. Waits for a limited time, and reports a long wait on standard error. */
import type { Commands } from "../control/messages.ts";
import { CodedError } from "../domain/errors.ts";
import { connectDaemon } from "./ask.ts";
import type { CommandContext } from "./context.ts";

const NOTICE_MS = 5000;
const MAX_WAIT_MS = 300_000;

export async function askReload(context: CommandContext): Promise<Commands["reload"]["out"]> {
  await using client = await connectDaemon(context, "reload");
  return await awaitReload(client.request("reload", {}), (text) => context.terminal.complain(text));
}

/** Throws the CodedError "reload-pending" if the reload has not ended in time: the daemon continues with it. */
export async function awaitReload<Reply>(
  reload: Promise<Reply>,
  complain: (text: string) => void,
): Promise<Reply> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const notice = setTimeout(
    () => complain("Waiting for the daemon, which is looking for logs and changing the firewall …"),
    NOTICE_MS,
  );
  const limit = setTimeout(() => {
    const message = `the daemon has not finished its reload within ${MAX_WAIT_MS / 60_000} minutes`;
    const hint = "it continues; bailiff status shows the result";
    reject(new CodedError("reload-pending", message, { hint }));
  }, MAX_WAIT_MS);
  try {
    return await Promise.race([reload, late]);
  } finally {
    clearTimeout(notice);
    clearTimeout(limit);
  }
}
