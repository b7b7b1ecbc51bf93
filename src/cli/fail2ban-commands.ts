/** Runs commands of another program, with its grammar and exit codes: every word after the name belongs to them. */

/** The exit code; undefined: it is none of them. */
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
