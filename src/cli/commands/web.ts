/** Runs the dashboard, prints a link that logs in to it, or prints a password with its hash. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { CodedError } from "../../domain/errors.ts";
import { formatProblem } from "../../domain/problem.ts";
import { userName } from "../../host/process/accounts.ts";
import { openServiceNotifier } from "../../host/process/sd-notify.ts";
import { openSpareMemory } from "../../host/process/spare-memory.ts";
import { readUptime } from "../../host/uptime.ts";
import { escapeReport } from "../../telemetry/escape-text.ts";
import { signGrant } from "../../web/login/login-links.ts";
import { hashPassword, MAX_PASSWORD_LENGTH } from "../../web/login/password.ts";
import { isUserName, NAME_FORM } from "../../web/roles.ts";
import { readRunning, runtimeDirectory } from "../../web/runtime-file.ts";
import { findSocket } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export interface WebCommandOptions {
  readonly settings?: string;
  readonly as?: string;
  readonly readOnly: boolean;
}

export async function web(
  context: CommandContext,
  action: "open" | "password" | undefined,
  options: WebCommandOptions,
): Promise<ExitCode> {
  switch (action) {
    case "open":
      return printLink(context, options);
    case "password":
      return printPassword(context);
    case undefined:
      return runWeb(context, options);
  }
}

async function runWeb(context: CommandContext, { settings }: WebCommandOptions): Promise<ExitCode> {
  const { terminal } = context;
  const uid = process.getuid?.() ?? 0;
  if (uid === 0)
    throw new CodedError("web-as-root", "the dashboard does not run as root", {
      hint: "systemctl start bailiff-web   (or: runuser -u bailiff-web -- bailiff web)",
    });
  const [{ openWeb }, { readWebSettings }] = await Promise.all([
    import("../../web/open-web.ts"),
    import("../../web/web-settings.ts"),
  ]);
  const read = await readWebSettings(settings);
  if (!read.ok) {
    for (const problem of read.error) terminal.complain(formatProblem(problem));
    return EXIT.config;
  }
  await using opened = await openWeb({
    settings: read.value,
    socket: await findSocket(context),
    runtime: runtimeDirectory({ uid, env: process.env }),
    log: (line) => terminal.complain(`bailiff web: ${escapeReport(line)}`),
  });
  terminal.show(`The dashboard listens: ${opened.url}`);
  terminal.show("For a link that logs you in: bailiff web open");
  const systemd = await openServiceNotifier(process.env);
  systemd.notify("READY=1");
  // Most of what a start needs is not needed again.
  (await openSpareMemory()).giveBack();
  // A terminal that is closed sends SIGHUP.
  await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
  systemd.notify("STOPPING=1");
  return EXIT.ok;
}

function printLink({ terminal }: CommandContext, options: WebCommandOptions): ExitCode {
  const uid = process.getuid?.() ?? 0;
  const name = options.as ?? process.env["SUDO_USER"] ?? userName(uid) ?? `uid-${uid}`;
  if (!isUserName(name))
    throw new CodedError("bad-input", `invalid name of a user: expected ${NAME_FORM}`);
  const { url, key } = readRunning(runtimeDirectory({ uid, env: process.env }));
  const role = options.readOnly ? "read-only" : "operator";
  // Behind "#", so that browsers send it to no server, proxy or log; the page posts it.
  terminal.print(`${url}/login#${signGrant(key, { name, role }, readUptime())}`);
  return EXIT.ok;
}

async function printPassword({ terminal }: CommandContext): Promise<ExitCode> {
  const isMade = process.stdin.isTTY;
  const password = isMade
    ? randomBytes(15).toString("base64url")
    : (await text(process.stdin)).replace(/\r?\n$/, "");
  if (password === "" || password.length > MAX_PASSWORD_LENGTH)
    throw new CodedError(
      "bad-input",
      `a password has 1 to ${MAX_PASSWORD_LENGTH} characters, on one line of standard input`,
    );
  if (isMade) terminal.complain(`New password: ${password}`);
  terminal.print(`password = "${await hashPassword(password)}"`);
  return EXIT.ok;
}
