/** Runs the daemon in the foreground, and shows what it protects. */
import type { Config } from "../../config/config.ts";
import { STANDARD_PATH } from "../../config/default-paths.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { runDaemon } from "../../daemon/service/run-daemon.ts";
import { formatProblem } from "../../domain/problem.ts";
import { isJournalStream, writeLine } from "../../host/logs/log-output.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { createPrinter } from "../print-event.ts";
import type { Terminal } from "../terminal.ts";
import { readVersion } from "../version.ts";

export interface RunOptions {
  /** Also log events of level debug. */
  readonly verbose: boolean;
  /** A fail2ban directory whose jails run, too. */
  readonly fail2ban?: string;
}

/** Runs until the daemon ends. `loaded`: URLs of the program's modules that are imported so far; it grows. */
export async function run(
  context: CommandContext,
  options: RunOptions,
  loaded: ReadonlySet<string>,
): Promise<ExitCode> {
  const { fail2ban, verbose } = options;
  const { terminal, config: path, socket } = context;
  const ended = await runDaemon({
    files: { path, env: process.env, uid: process.getuid?.() ?? 0, fail2ban },
    socket,
    version: readVersion(),
    loaded,
    openLog: ({ daemon: { log_format: format } }) => createPrinter({ format, verbose }),
    onStarted: (daemon, controlPath) => showOverview(daemon, { controlPath, terminal }),
    exitStuck: () => {
      process.stderr.write("bailiff: closing took too long, ending immediately\n");
      process.exit(EXIT.software);
    },
  });
  if (ended.ok) return EXIT.ok;
  for (const problem of ended.error) terminal.complain(formatProblem(problem));
  terminal.complain(
    "bailiff: not started: the configuration is invalid; validate it with: bailiff check",
  );
  return EXIT.config;
}

const RULE = "-".repeat(70);

/** Shows whether the daemon protects, what and how; otherwise what to do. */
function showOverview(
  daemon: Daemon,
  { controlPath, terminal }: { readonly controlPath: string; readonly terminal: Terminal },
): void {
  const { config, firewall } = daemon;
  const { name, missing } = firewall.summary;
  if (!isReadByPerson(config)) return;
  const files = config.files.join(", ") || "built-in defaults (no configuration file)";
  const enforced = missing === undefined ? name : "NONE, only observing";
  const isIdle = daemon.jails.every(({ search }) => search.source === undefined);
  const lines = [
    `configuration  ${files}`,
    `firewall       ${enforced}`,
    `control        ${controlPath} (try: bailiff status)`,
    ...(missing === undefined
      ? []
      : [RULE, `NOTHING IS BANNED: ${missing.reason}`, `to do: ${missing.fix}`, RULE]),
    ...(missing === undefined ? firewall.enforcers.flatMap(describeMissing) : []),
    ...(daemon.jails.length === 0 ? [NO_JAIL] : isIdle ? idleLines(config) : []),
  ];
  for (const line of lines) writeLine(2, `         ${terminal.complete(line)}`);
}

function describeMissing({
  name,
  missing,
}: Daemon["firewall"]["enforcers"][number]): readonly string[] {
  if (missing === undefined) return [];
  return [`${name} cannot be used: ${missing.reason}`, `to do: ${missing.fix}`];
}

const NO_JAIL =
  "No jail is enabled. To see which services of this host can be protected: bailiff services";

function idleLines({ files }: Pick<Config, "files">): readonly string[] {
  return [
    "No log was found yet. Reading starts as soon as one appears.",
    `Name a log in ${files[0] ?? STANDARD_PATH}:  [jails.sshd]  source = { file = ["/path/to/log"] }`,
    "See it work now, in an isolated network:  bailiff demo   (as root)",
  ];
}

function isReadByPerson({ daemon: { log_format: format } }: Config): boolean {
  return format !== "json" && format !== "journal" && !isJournalStream(process.env);
}
