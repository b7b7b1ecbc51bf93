import type { FollowReply } from "../../control/messages.ts";
import { fromEventRecord, toEventRecord } from "../../telemetry/event-record.ts";
import { renderEvent } from "../../telemetry/render-event.ts";
import { connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { timeOfDay } from "../print-event.ts";
import { localizeTimes } from "../format-time.ts";

/** Prints the daemon's events with their times, until the daemon ends or Ctrl-C. */
export async function follow(
  context: CommandContext,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const { terminal } = context;
  const render = renderText(terminal.hasColors);
  const write = (record: FollowReply["event"]): void =>
    options.json ? terminal.print(JSON.stringify(record)) : terminal.show(render(record));
  await using client = await connectDaemon(context);
  for await (const { missed, event } of client.follow(stop.signal)) {
    if (missed > 0) write(overflowBefore(event, missed));
    write(event);
  }
  return EXIT.ok;
}

function renderText(color: boolean): (record: FollowReply["event"]) => string {
  return (record) => {
    const { event, at } = fromEventRecord(record);
    return localizeTimes(renderEvent(event, at, { format: "text", color, timeOfDay }));
  };
}

function overflowBefore(next: FollowReply["event"], dropped: number): FollowReply["event"] {
  const { at } = fromEventRecord(next);
  return toEventRecord({ event: "queue-overflowed", queue: "follow", dropped }, at);
}
