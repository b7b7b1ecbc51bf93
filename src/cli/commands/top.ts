/** Shows bans and failing addresses live on the whole screen, until q, Ctrl-C, a signal or the end of the daemon. */
import { CodedError } from "../../domain/errors.ts";
import { connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { TopSession } from "./top/top-session.ts";

/** Signals that end it. They end the process as usual once the terminal is as it was. */
const SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

export async function top(context: CommandContext): Promise<ExitCode> {
  const { stdin, stdout } = process;
  requireTerminal(stdin, stdout, process.env["TERM"]);
  const stop = new AbortController();
  let received: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    received = signal;
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await using feed = await connectDaemon(context);
    await using asked = await connectDaemon(context);
    const { terminal } = context;
    using session = new TopSession({ feed, asked, input: stdin, output: stdout, terminal });
    await session.run(stop);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  if (received !== undefined) process.kill(process.pid, received);
  return EXIT.ok;
}

/** Throws a CodedError unless a person sits at a terminal that can move its cursor. Exported for its test. */
export function requireTerminal(
  input: { readonly isTTY: boolean },
  output: { readonly isTTY: boolean },
  term: string | undefined,
): void {
  const isDumb = term === undefined || term === "" || term === "dumb";
  if (input.isTTY && output.isTTY && !isDumb) return;
  const reason = isDumb && input.isTTY && output.isTTY ? `TERM is "${term ?? ""}"` : "no terminal";
  throw new CodedError("no-terminal", `this needs a full-screen terminal: ${reason}`, {
    hint: "bailiff follow prints events as lines, bailiff status and bailiff bans the present state",
  });
}
