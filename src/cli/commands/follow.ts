import { connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { createPrinter } from "../print-event.ts";

/** What the daemon does, as it does it, until it ends or Ctrl-C. */
export async function follow(
  context: CommandContext,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const print = createPrinter({ format: options.json ? "json" : "text", verbose: true });
  await using client = await connectDaemon(context);
  for await (const { missed, event } of client.follow(stop.signal)) {
    if (missed > 0) print({ event: "queue-overflowed", queue: "follow", dropped: missed });
    print(event);
  }
  return EXIT.ok;
}
