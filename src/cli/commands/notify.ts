/** Sends a test message to a channel, and shows what its service answered. Exit code 1: it was not accepted. */
import type { NoticeTestReply } from "../../control/order-messages.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe } from "../terminal.ts";

export async function notifyTest(
  context: CommandContext,
  channel: string,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  const reply = await ask(context, "notify_test", { channel });
  if (json) terminal.print(JSON.stringify(reply));
  else terminal.show(describeNoticeTest(reply));
  return reply.delivered ? EXIT.ok : EXIT.no;
}

/** Returns the screen. */
export function describeNoticeTest(reply: NoticeTestReply): string {
  const { channel, kind, delivered, to, answer, took_ms } = reply;
  const head = `${safe(channel)} (${kind}, ${safe(to)})`;
  const said = answer === "" ? "" : `: ${safe(answer)}`;
  return delivered ? `${head}: delivered in ${took_ms} ms${said}` : `${head}: not delivered${said}`;
}
