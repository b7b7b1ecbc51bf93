/**
 * Tests one jail or all jails end to end. Shows every step in flow order with its time, and where it fails. Exit code
 * 0: every step is proven; 1: one failed; 69: none failed, but one cannot be tested on this host.
 */
import type { VerifyReply } from "../../control/proof-messages.ts";
import { connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import { sentence } from "../format-time.ts";
import { hang, visibleLength } from "../wrap-text.ts";

export async function verify(
  context: CommandContext,
  jail: string | undefined,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  await using client = await connectDaemon(context);
  const names =
    jail === undefined
      ? (await client.request("status", {})).jails.map(({ name }) => name)
      : [jail];
  const replies: VerifyReply[] = [];
  for (const name of names) {
    const reply = await client.request("verify", { jail: name });
    replies.push(reply);
    if (!json) terminal.show(describe(reply, terminal, replies.length));
  }
  if (json) terminal.print(JSON.stringify(replies));
  else if (replies.length === 0) terminal.show("Nothing to verify: no jail reads a log.");
  return exitOf(replies);
}

function exitOf(replies: readonly VerifyReply[]): ExitCode {
  const outcomes = new Set(replies.map(({ outcome }) => outcome));
  if (outcomes.has("failed") || replies.length === 0) return EXIT.no;
  return outcomes.has("partly") ? EXIT.unavailable : EXIT.ok;
}

function describe(reply: VerifyReply, terminal: Terminal, number: number): string {
  const { jail, outcome, took_ms } = reply;
  const words = {
    proven: terminal.paint("green", "proven end to end"),
    partly: terminal.paint("yellow", "not everything could be tested here; nothing failed"),
    failed: terminal.paint("red", "FAILED"),
  };
  const lines = reply.steps.map((step) => {
    const took = step.outcome === "not-reached" ? "" : formatTime(step.took_ms);
    const head = `  ${mark(step.outcome, terminal)} ${step.step.padEnd(8)} ${took.padStart(7)}  `;
    if (step.outcome === "not-reached") return terminal.paint("dim", `${head}not reached`);
    const { width } = terminal;
    const fix = step.fix === null ? [] : [["to do: ", step.fix] as const];
    return [["", step.evidence] as const, ...fix]
      .map(([label, text], i) => {
        const before = i === 0 ? head : " ".repeat(visibleLength(head)) + label;
        return hang({ head: before, text: sentence(text), width });
      })
      .join("\n");
  });
  const took = formatTime(took_ms);
  const head = `${jail}: ${words[outcome]}${outcome === "partly" ? ` (${took})` : ` in ${took}`}`;
  return [...(number > 1 ? [""] : []), head, ...lines].join("\n");
}

function formatTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function mark(outcome: VerifyReply["steps"][number]["outcome"], terminal: Terminal): string {
  switch (outcome) {
    case "proven":
      return terminal.paint("green", "✓");
    case "failed":
      return terminal.paint("red", "✗");
    case "impossible":
      return terminal.paint("yellow", "?");
    case "not-reached":
      return terminal.paint("dim", "·");
  }
}
