/** Defines commands that need no daemon: check, assess, scan, replay, tune, import. */
import { Argument, Option } from "commander";
import { FILTER_MODES } from "../../domain/filter-definition.ts";
import type { CommandRegistry } from "./command-registry.ts";
import type { ReplayCommandOptions } from "./replay.ts";
import type { ScanCommandOptions } from "./scan.ts";
import { JSON_OPTION } from "./shared-options.ts";

export function defineLocal(defining: CommandRegistry): void {
  defineChecks(defining);
  defineScan(defining);
  defineReplay(defining);
  defineTune(defining);
  defineFilter(defining);
  defineImport(defining);
}

function defineFilter({ program, context, end }: CommandRegistry): void {
  program
    .command("filter")
    .usage(
      ["new <name> [log...]", "test [filter...]", "explain <filter> <line>"].join(
        "\n       bailiff filter ",
      ),
    )
    .addArgument(new Argument("<action>", "what to do").choices(["new", "test", "explain"]))
    .argument(
      "[word...]",
      "new: a name, and files of a log (default: standard input); test: names of filters or paths of their files, your own by default; explain: one of them, and a line",
    )
    .summary("draft a filter, test one, or explain how it reads a line")
    .description(
      "new: draft a filter from lines of a service, and ask on a terminal which of them are failures; it never overwrites a file. test: check filters against their samples and forged lines, for slow rules and for overlaps; exit code 78 on any problem. explain: show how far a line matches each rule; exit code 1 if none matches",
    )
    .option("--yes", "new: do not ask; decide by how messages look", false)
    .option("--out <directory>", "new: where to write it (default: your filters)")
    .option("--all", "explain: show every rule, not only the closest", false)
    .action(
      async (
        action: "new" | "test" | "explain",
        words: string[],
        options: { yes: boolean; out?: string; all: boolean },
      ) => end(await (await import("./filter.ts")).filter(context(), action, words, options)),
    );
}

function defineChecks({ program, context, end }: CommandRegistry): void {
  program
    .command("check")
    .summary("validate the configuration and the filters")
    .description(
      "validate the configuration and the filters as the daemon does; exit code 78 on any problem",
    )
    .option("--fail2ban <directory>", "also show what this fail2ban configuration becomes")
    .option(...JSON_OPTION)
    .action(async (options: { json: boolean; fail2ban?: string }) =>
      end(await (await import("./check.ts")).check(context(), options)),
    );
  program
    .command("assess")
    .summary("judge whether this host needs bailiff")
    .description(
      "judge whether this host needs bailiff: what it lets in, who attacks it, what bans would stop, and what would help most; exit code 1 if too little can be seen to judge",
    )
    .option(...JSON_OPTION)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./assess.ts")).assess(context(), options)),
    );
}

function defineScan({ program, context, end }: CommandRegistry): void {
  program
    .command("scan")
    .argument("<log>", 'a file, plain or compressed (gzip, zstd), or "-" for standard input')
    .usage("--filter <name> [options] <log>")
    .summary("show what a filter recognizes in a log")
    .description(
      "show what a filter recognizes in a log, exactly as the daemon reads it; mode normal counts failed logins, aggressive also scans and broken connections before a login, abuse also probes and spam",
    )
    .addOption(
      new Option("--filter <name>", "name of a filter, or path of its file; repeatable")
        .argParser<readonly string[]>((name, before) => [...(before ?? []), name])
        .makeOptionMandatory(),
    )
    .addOption(new Option("--mode <mode>", "rules").choices(FILTER_MODES).default("normal"))
    .option("--unverified", "also use rules that were not verified on a real log", false)
    .addOption(
      new Option(
        "--proxy <proxy>",
        "count the clients that this proxy reports; repeatable",
      ).argParser<readonly string[]>((proxy, before) => [...(before ?? []), proxy]),
    )
    .option("--client-field <key>", "field with the client, as client_field of a jail")
    .option("--container <name>", "read one container's lines, as container_prefix")
    .option("--unmatched", "print only the lines that no rule recognizes", false)
    .option("--json", "print a JSON object for each line, for scripts", false)
    .action(async (log: string, options: ScanCommandOptions) =>
      end(await (await import("./scan.ts")).scan(context(), log, options)),
    );
}

function defineReplay({ program, context, end }: CommandRegistry): void {
  program
    .command("replay")
    .argument(
      "<log...>",
      'files, plain or compressed (gzip, zstd), in any order, or "-" for standard input',
    )
    .usage("[options] <log...>")
    .summary("try a policy on old logs, with simulated bans")
    .description(
      "try a policy on old logs, in the time of the logs: what it would have banned, how many attempts these bans would have stopped, and which users were banned. Runs the daemon's own code; changes nothing. The policy is that of --config or --fail2ban, with all of its jails unless --filter chooses some; else the built-in one. --against takes a configuration, a fail2ban directory, or the word fail2ban for its defaults",
    )
    .addOption(
      new Option("--filter <name>", "only this filter; repeatable (default: sshd)").argParser<
        readonly string[]
      >((name, before) => [...(before ?? []), name]),
    )
    .option("--against <policy>", 'compare with a file, a directory, or "fail2ban"')
    .option("--fail2ban <directory>", "try the jails of a fail2ban directory")
    .option("--all", "list every address in which the policies differ", false)
    .option("--json", "print a JSON object for each policy, for scripts", false)
    .action(async (logs: string[], options: ReplayCommandOptions) =>
      end(await (await import("./replay.ts")).replay(context(), logs, options)),
    );
}

function defineTune({ program, context, end }: CommandRegistry): void {
  program
    .command("tune")
    .argument("<jail>", "the jail to tune")
    .argument(
      "[log...]",
      'files, plain or compressed (gzip, zstd), or "-" (default: the jail\'s own log)',
    )
    .summary("try other thresholds on this host's past, and propose some")
    .description(
      "try other values of maxretry, findtime, bantime and increment on old logs, with the daemon's own code and simulated bans: attempts let through against bans made and users banned. Proposes the mildest policy that lets about as few attempts through as the best, and would have banned no address from which a user logged in; changes nothing. Without logs it reads the jail's own log of the last 90 days; exit code 1 if no policy can be proposed",
    )
    .option("--html <file>", "also write a page with a chart and all policies")
    .option("--show-risky", "also show policies that would have banned users", false)
    .option(...JSON_OPTION)
    .action(
      async (
        jail: string,
        logs: string[],
        options: { html?: string; showRisky: boolean; json: boolean },
      ) => end(await (await import("./tune.ts")).tune(context(), jail, logs, options)),
    );
}

function defineImport({ program, context, end }: CommandRegistry): void {
  program
    .command("import")
    .argument("<directory>", "fail2ban's configuration, such as /etc/fail2ban")
    .summary("convert a fail2ban configuration, and take over its bans")
    .description(
      "convert a fail2ban configuration to native files, and report what changes; optionally take over its bans",
    )
    .option("--out <directory>", "where to write the files (default: only report)")
    .option("--bans", "take over current bans, for the time left, and past ones", false)
    .option("--database <file>", "where to read bans (default: dbfile in fail2ban.conf)")
    .action(
      async (directory: string, options: { out?: string; bans: boolean; database?: string }) =>
        end(await (await import("./import.ts")).importFail2ban(context(), directory, options)),
    );
}
