/**
 * Runs the demonstration: a real sshd, an intruder and the daemon in separate network namespaces. The namespaces are
 * removed at the end, on Ctrl-C and after a time limit. Exit code 0 only if every check passed.
 */
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { findObstacle, openLab } from "../../demo/lab.ts";
import { showDashboard } from "./demo/show-dashboard.ts";
import { type Finding, tellStory } from "./demo/story.ts";

/** Time limit if something hangs; a demonstration takes about fifteen seconds. */
const LIMIT_MS = 150_000;
/** Time limit with a dashboard, at which a person looks. */
const WEB_LIMIT_MS = 3_600_000;

/** `web`: shows the dashboard under a steady attack instead, until Ctrl-C. */
export async function demo(
  { terminal }: CommandContext,
  { web }: { readonly web: boolean },
): Promise<ExitCode> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    terminal.complain(`bailiff: cannot run the demo: ${obstacle.reason}`);
    terminal.complain(`  ${obstacle.fix}`);
    return process.getuid?.() === 0 ? EXIT.unavailable : EXIT.permission;
  }
  terminal.show(
    "A demonstration, in separate network namespaces. Nothing on this machine is changed.",
  );
  const stopped = Promise.withResolvers<NodeJS.Signals | "time">();
  const onSignal = (signal: NodeJS.Signals): void => stopped.resolve(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const timer = setTimeout(() => stopped.resolve("time"), web ? WEB_LIMIT_MS : LIMIT_MS);
  const quit = new AbortController();
  const began = performance.now();
  const findings: Finding[] = [];
  let end: "complete" | "time" | NodeJS.Signals = "complete";
  const lab = await openLab({ sshd: "real" });
  if (lab.ok) {
    const story = web
      ? showDashboard(lab.value, terminal, quit.signal).then(() => "complete" as const)
      : collectAll(tellStory(lab.value, terminal), findings);
    end = await Promise.race([story, stopped.promise]);
    quit.abort();
    await lab.value[Symbol.asyncDispose]();
    // Ends early, because the lab is being removed.
    await story.catch(() => undefined);
  } else terminal.complain(`bailiff: ${lab.error}`);
  clearTimeout(timer);
  for (const signal of SIGNALS) process.off(signal, onSignal);
  if (end !== "complete" && end !== "time") {
    terminal.complain("Interrupted; everything is removed.");
    process.kill(process.pid, end);
    return EXIT.no;
  }
  for (const { seen, what } of findings) {
    terminal.show(`${findings[0]?.what === what ? "\n" : ""}  ${mark(seen)} ${what}`);
  }
  if (end === "time") terminal.complain("Time is up: it did not come to its end.");
  const good =
    end === "complete" && findings.length === STEPS && findings.every(({ seen }) => seen);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  terminal.show(
    good
      ? `\nAll checks passed, in ${seconds} s. Namespaces, programs and files are removed.`
      : "\nNot all of it was observed.",
  );
  return good ? EXIT.ok : EXIT.no;

  function mark(seen: boolean): string {
    return seen ? terminal.paint("green", "✓") : terminal.paint("red", "✗");
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Number of findings of a complete demonstration. */
const STEPS = 12;

async function collectAll(story: AsyncIterable<Finding>, findings: Finding[]): Promise<"complete"> {
  for await (const finding of story) findings.push(finding);
  return "complete";
}
