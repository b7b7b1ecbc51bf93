/** Sends a test message to a channel for notices. */
import { didYouMean } from "../../../domain/did-you-mean.ts";
import type { Clock } from "../../../domain/clock.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import type { NoticeTestReply } from "../../order-messages.ts";

export async function testChannel(
  { notices }: Pick<Daemon, "notices">,
  channel: string,
  clock: Clock,
): Promise<NoticeTestReply> {
  const began = clock.monotonic();
  const test = await notices.test(channel);
  if (test === undefined)
    throw new CodedError("unknown-channel", `no channel is named "${channel}"`, {
      hint: hintFor(
        channel,
        notices.channels().map(({ name }) => name),
      ),
    });
  const { kind, delivery } = test;
  const delivered = delivery.kind === "delivered";
  const answer = delivered ? delivery.answer : delivery.reason;
  const took_ms = Math.round(clock.monotonic() - began);
  return { channel, kind, delivered, to: delivery.to, answer, took_ms };
}

function hintFor(channel: string, known: readonly string[]): string {
  if (known.length === 0)
    return "no table [notify.NAME] is in use: add one, and reload with bailiff reload";
  const near = didYouMean(channel, known);
  return near === undefined ? `channels: ${known.join(", ")}` : `did you mean "${near}"?`;
}
