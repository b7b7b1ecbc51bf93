/**
 * Runs commands of fail2ban with their own syntax and exit codes. Every word after the command's name belongs to it.
 */

/** Runs the command and returns its exit code; undefined: it is no command of fail2ban. */
export async function runFail2banCommand(argv: readonly string[]): Promise<number | undefined> {
  const [name = "", ...rest] = argv;
  switch (name) {
    case "fail2ban-client": {
      const { fail2banClient } = await import("./fail2ban-client.ts");
      return fail2banClient(rest);
    }
    case "fail2ban-regex": {
      const { fail2banRegex } = await import("./fail2ban-regex.ts");
      return fail2banRegex(rest);
    }
    default:
      return undefined;
  }
}
