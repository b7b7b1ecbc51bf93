/** Defines commands that read from the daemon. Two do more: verify runs self-tests, and drift may write a rule. */
import { Argument, Option } from "commander";
import { COUNTERS } from "../../domain/stats.ts";
import type { CampaignsOptions } from "./campaigns.ts";
import type { CommandRegistry } from "./command-registry.ts";
import { describeLinks } from "./link-meanings.ts";
import {
  BAN_FORMATS,
  type BanFormat,
  JSON_OPTION,
  parseCount,
  REPORT_FORMATS,
  STATS_ROWS,
} from "./shared-options.ts";
import type { ReportOptions } from "./report.ts";
import type { StatsOptions } from "./stats.ts";

interface BansFlags {
  readonly json: boolean;
  readonly format?: BanFormat;
  readonly jail?: string;
  readonly limit?: number;
}

export function defineReading(defining: CommandRegistry): void {
  defineProtection(defining);
  defineCampaigns(defining);
  defineQuality(defining);
  defineStats(defining);
  defineReport(defining);
  defineMetrics(defining);
  defineBans(defining);
  defineLive(defining);
}

function defineProtection({ program, context, end }: CommandRegistry): void {
  program
    .command("status")
    .argument("[jail]", "one jail, in detail")
    .summary("show the protection status of all jails, or of one")
    .description(
      "show the protection status of all jails, or of one in detail; exit code 1 if no jail runs, or one is blind, toothless, degraded, starting or left out; a suspected compromise is shown and does not change it",
    )
    .option(...JSON_OPTION)
    .action(async (jail: string | undefined, options: { json: boolean }) =>
      end(await (await import("./status.ts")).status(context(), jail, options)),
    );
  program
    .command("verify")
    .argument("[jail]", "one jail instead of all")
    .summary("test jails end to end, from a failed login to a drop")
    .description(
      "test jails end to end: a failed login of a test user, followed to a dropped packet; exit code 0 only if every step is proven",
    )
    .option(...JSON_OPTION)
    .action(async (jail: string | undefined, options: { json: boolean }) =>
      end(await (await import("./verify.ts")).verify(context(), jail, options)),
    );
  program
    .command("drift")
    .argument("[jail]", "one jail instead of all")
    .summary("show lines that no rule recognizes, and propose rules")
    .description(
      "show log lines that no rule recognizes, and propose rules for them; exit code 1 if some look like failures",
    )
    .option("--accept <n>", "add the rule proposed for message n to your filters", parseCount)
    .option("--dismiss <n>", "add a rule that says message n is harmless", parseCount)
    .option("--all", "also show lines that are not suspicious", false)
    .option(...JSON_OPTION)
    .action(
      async (
        jail: string | undefined,
        options: { json: boolean; all: boolean; accept?: number; dismiss?: number },
      ) => end(await (await import("./drift.ts")).drift(context(), jail, options)),
    );
  program
    .command("doctor")
    .argument("[jail]", "one jail instead of all")
    .summary("diagnose each link from a log line to a dropped packet")
    .description(
      "diagnose each link from a log line to a dropped packet: what was observed, and what to do; exit code 0 only if every jail is protecting, observing or actions-only, and no suspected compromise is open",
    )
    .addHelpText("after", `\n${describeLinks()}`)
    .option("--bundle <file>", "write a support bundle, without secrets, to a file")
    .option(...JSON_OPTION)
    .action(async (jail: string | undefined, options: { json: boolean; bundle?: string }) =>
      end(await (await import("./doctor.ts")).doctor(context(), jail, options)),
    );
}

function defineCampaigns({ program, context, end }: CommandRegistry): void {
  program
    .command("campaigns")
    .argument("[name]", "one campaign, with its members")
    .summary("list attacks from many addresses, or show one")
    .description(
      "list campaigns (attacks from many addresses that each try little) of the last 30 days, at most 32, or show one with its members and why they belong to it; or acknowledge suspected compromises, which then no longer show in status and doctor; exit code 1 if there was nothing to lift or to acknowledge",
    )
    .option("--unban", "lift the bans of its members; other bans stay", false)
    .option("--acknowledge <address>", "end the alarm about logins from there, or all")
    .option(...JSON_OPTION)
    .action(async (name: string | undefined, options: CampaignsOptions) =>
      end(await (await import("./campaigns.ts")).campaigns(context(), name, options)),
    );
}

function defineQuality({ program, context, end }: CommandRegistry): void {
  program
    .command("quality")
    .addArgument(
      new Argument("[reset]", "start counts again, after a rule was fixed").choices(["reset"]),
    )
    .argument("[jail]", "reset only rules and detectors of this jail")
    .argument("[name]", "reset only this rule or detector")
    .summary("rank rules and detectors by wrong bans")
    .description(
      "rank rules and detectors by how often they were wrong within 30 days: bans lifted by hand within a day, bans after which a user logged in, and offenses of an address with a logged-in user; reset starts their counts again, so that a detector bans again; exit code 1 if there was nothing to reset",
    )
    .option(...JSON_OPTION)
    .action(
      async (
        what: string | undefined,
        jail: string | undefined,
        name: string | undefined,
        options: { json: boolean },
      ) =>
        end(await (await import("./quality.ts")).quality(context(), { what, jail, name }, options)),
    );
}

function defineStats({ program, context, end }: CommandRegistry): void {
  program
    .command("stats")
    .summary("count failures, bans and more, by time or by jail")
    .description(
      "count what was recorded within two years: failures, logins, offenses, bans, unbans, unrecognized lines and dropped packets (a lower bound); times in which no daemon ran are shown as unknown; the rows are days without --by",
    )
    .option("--since <length>", "12h, 30d or 104w before now (default: 30d; 1d by hour)")
    .addOption(new Option("--by <what>", "rows").choices(STATS_ROWS))
    .addOption(
      new Option("--count <what>", "what the chart shows").choices(COUNTERS).default("failures"),
    )
    .option("--jail <jail>", "only this jail; not by address, user or network")
    .option("--limit <n>", "maximum number of addresses, users or networks", parseCount, 20)
    .addOption(new Option("--csv", "print CSV, for spreadsheets").default(false).conflicts("json"))
    .option(...JSON_OPTION)
    .action(async (options: StatsOptions) =>
      end(await (await import("./stats.ts")).stats(context(), options)),
    );
}

function defineReport({ program, context, end }: CommandRegistry): void {
  program
    .command("report")
    .summary("report attacks, bans, missed proofs and changes of a week")
    .description(
      "report what happened: who attacked, what was stopped, what may have got through, when a jail did not protect, doubts about the policy, who changed what, and bans that were undone; hours in which no daemon ran are listed as unknown",
    )
    .option("--since <length>", "12h, 30d or 104w before now", "7d")
    .addOption(
      new Option("--format <form>", "form of the report").choices(REPORT_FORMATS).default("text"),
    )
    .addOption(
      new Option(
        "--mail [channel]",
        "send it by a channel smtp or sendmail, the page attached",
      ).conflicts("format"),
    )
    .action(async (options: ReportOptions) =>
      end(await (await import("./report.ts")).report(context(), options)),
    );
}

function defineMetrics({ program, context, end }: CommandRegistry): void {
  program
    .command("metrics")
    .summary("print metrics in Prometheus's text format")
    .description(
      "print metrics in Prometheus's text format: states of jails, ages of proofs, and counters since the start of the daemon; with --out also if no daemon answers: then bailiff_up is 0, and the exit code 69",
    )
    .option("--out <file>", "replace this file, for node_exporter's textfile collector")
    .option(...JSON_OPTION)
    .action(async (options: { json: boolean; out?: string }) =>
      end(await (await import("./metrics.ts")).metrics(context(), options)),
    );
  program
    .command("check-health")
    .summary("print the status in one line, for Nagios and Icinga")
    .description(
      "print the protection status in one line with figures, as plugins of Nagios and Icinga do; exit code 1 if a jail is degraded or starting, 2 if one is blind, toothless or left out, none runs, a suspected compromise is open, or no daemon runs, 3 if it did not answer",
    )
    .action(async () => end(await (await import("./check-health.ts")).checkHealth(context())));
}

function defineBans({ program, context, end }: CommandRegistry): void {
  program
    .command("bans")
    .alias("banned")
    .summary("list current bans")
    .description("list current bans, in the order of their addresses")
    .option("--jail <jail>", "only bans of this jail")
    .option("--limit <n>", "maximum number to list (default: all)", parseCount)
    .addOption(new Option("--format <format>", "for other programs").choices(BAN_FORMATS))
    .option(...JSON_OPTION)
    .action(async ({ json, format, ...options }: BansFlags) =>
      end(
        await (await import("./bans.ts")).bans(context(), {
          ...options,
          format: json ? "json" : format,
        }),
      ),
    );
  program
    .command("why")
    .argument("<address>", "an address or network")
    .summary("explain an address: lines, counts, bans, history")
    .description(
      "explain what is known of an address: log lines, rule, counts, ban, history, and the command that lifts the ban or exemption",
    )
    .option(...JSON_OPTION)
    .action(async (subject: string, options: { json: boolean }) =>
      end(await (await import("./why.ts")).why(context(), subject, options)),
    );
  program
    .command("history")
    .argument("[address]", "only bans that share an address with this one or this network")
    .summary("list past bans, or the audit log")
    .description(
      "list past bans, newest first; with --audit every ban, unban and change: who, when, why; each entry of the JSON says in not_listed how many more there are (at most 1000)",
    )
    .option("--audit", "list the audit log instead", false)
    .option("--jail <jail>", "only bans of this jail")
    .option("--limit <n>", "maximum number to list", parseCount, 50)
    .option(...JSON_OPTION)
    .action(
      async (
        subject: string | undefined,
        options: { json: boolean; audit: boolean; jail?: string; limit: number },
      ) => end(await (await import("./history.ts")).history(context(), subject, options)),
    );
}

function defineLive({ program, context, end }: CommandRegistry): void {
  program
    .command("top")
    .summary("show bans and failing addresses live, on the whole screen")
    .description(
      "show states, current bans, failing addresses and events live, on the whole screen; keys sort, filter, show everything about an address and lift its ban; ? lists them. It needs a terminal",
    )
    .action(async () => end(await (await import("./top.ts")).top(context())));
  program
    .command("audit")
    .addArgument(new Argument("<action>", "what to do").choices(["verify"]))
    .summary("verify that the audit is as it was written")
    .description(
      "verify: check the hash of each entry of the audit, which covers all entries before it; exit code 1 if one was changed, removed or inserted. history --audit lists the entries",
    )
    .option("--head <hash>", "also check that an earlier head is still in it")
    .option(...JSON_OPTION)
    .action(async (_action: "verify", options: { json: boolean; head?: string }) =>
      end(await (await import("./audit.ts")).verifyAudit(context(), options)),
    );
  program
    .command("follow")
    .summary("print events as they happen, until Ctrl-C")
    .description("print what the daemon does, as it happens, until Ctrl-C")
    .option(...JSON_OPTION)
    .action(async (options: { json: boolean }) =>
      end(await (await import("./follow.ts")).follow(context(), options)),
    );
}
