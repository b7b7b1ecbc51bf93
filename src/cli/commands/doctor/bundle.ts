/**
 * Writes a support bundle as one JSON file. It has versions, configuration, state of every link, bailiff's firewall
 * table and recent events. Commands, properties, comments, possible secrets and what people typed at logins are
 * omitted; addresses and file names are included. Without a daemon it contains what can still be read.
 */
import { codeOf } from "../../../domain/thrown-error.ts";
import { systemReason } from "../../../host/explain-system-error.ts";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import type { SupportReply } from "../../../control/messages.ts";
import { loadAll } from "../../../jails/load-all.ts";
import { CodedError } from "../../../domain/errors.ts";
import { formatInstant } from "../../../domain/instant.ts";
import { findProgram } from "../../../host/process/find-program.ts";
import { runProgram } from "../../../host/process/run-program.ts";
import { systemClock } from "../../../host/system-clock.ts";
import { writePrivateFile } from "../../../host/write-private-file.ts";
import { ask } from "../../ask.ts";
import { type CommandContext, configFiles } from "../../context.ts";
import { readVersion } from "../../version.ts";
import {
  describeProblem,
  withoutCommands,
  withoutComments,
  withoutDaemonCommands,
} from "./leave-out.ts";
import { redact } from "./redact.ts";

/** Writes the bundle, readable by its owner only, and reports what it contains. */
export async function writeBundle(context: CommandContext, path: string): Promise<string> {
  const daemon = await askSupport(context);
  const bundle = redact({
    made_at: formatInstant(systemClock.now()),
    versions: await readVersions(),
    daemon: "missing" in daemon ? daemon : withoutDaemonCommands(daemon),
    configuration: await readConfiguration(context),
    firewall: await readOwnTable(),
  });
  try {
    writePrivateFile(path, `${JSON.stringify(bundle, undefined, 2)}\n`);
  } catch (error) {
    const isAbsent = codeOf(error) === "ENOENT";
    const reason = isAbsent ? "the directory does not exist" : systemReason(error);
    throw new CodedError("bundle-not-written", `cannot create ${path}: ${reason}`, {
      hint: "specify a file in a directory that you may write to",
      cause: error,
    });
  }
  const part = "missing" in daemon ? ` without the daemon's part (${daemon.missing})` : "";
  return `Written: ${path}${part}. Commands, properties, comments and what else may be a secret were left out; addresses and file names are in it: read it before you pass it on.`;
}

async function askSupport(context: CommandContext): Promise<SupportReply | { missing: string }> {
  try {
    return await ask(context, "support", {});
  } catch (error) {
    if (error instanceof CodedError) return { missing: error.message };
    throw error;
  }
}

async function readVersions(): Promise<Readonly<Record<string, string>>> {
  return {
    bailiff: readVersion(),
    node: process.version,
    kernel: `${process.platform} ${release()} ${process.arch}`,
    system: readSystem(),
    nft: await outputOf(["nft", "--version"]),
    systemd: (await outputOf(["systemctl", "--version"])).split("\n")[0] ?? "",
  };
}

function readSystem(): string {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? "not known";
  } catch {
    // Some systems lack the file.
    return "not known";
  }
}

async function readConfiguration(context: CommandContext): Promise<unknown> {
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok) return { problems: loaded.error.map(describeProblem) };
  return {
    ...withoutCommands(loaded.value.config),
    filters_known: loaded.value.names,
  };
}

/**
 * Reads bailiff's table without the elements of its sets: the daemon's answer has the bans, of which there may be
 * 100,000.
 */
async function readOwnTable(): Promise<string> {
  return withoutComments(await outputOf(["nft", "--terse", "list", "table", "inet", "bailiff"]));
}

async function outputOf([name = "", ...args]: readonly string[]): Promise<string> {
  const program = findProgram(name);
  if (program === undefined) return `${name} is not installed`;
  const end = await runProgram({ argv: [program, ...args], input: "", timeoutMilliseconds: 5000 });
  return (end.ok ? end.output : end.error).trim();
}
