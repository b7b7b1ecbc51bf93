/**
 * Defines commands that change bans and exemptions: ban, unban, allow, breaker. Also notify, and fail2ban-client's set
 * and get.
 */
import { Argument } from "commander";
import type { CommandRegistry } from "./command-registry.ts";
import type { AllowOptions, BanOptions, UnbanOptions } from "./order.ts";
import { JSON_OPTION } from "./shared-options.ts";

const STDIN = '"-" reads them from standard input';

export function defineOrders(defining: CommandRegistry): void {
  defineBan(defining);
  defineUnban(defining);
  defineAllow(defining);
  defineBreaker(defining);
  defineNotify(defining);
  defineHabits(defining);
}

function defineBan({ program, context, end }: CommandRegistry): void {
  program
    .command("ban")
    .argument("<address...>", `addresses or networks; ${STDIN}`)
    .summary("ban addresses or networks")
    .description(
      "ban addresses or networks immediately; exempt addresses are not banned, and an address from which someone is logged in, or a network wider than /8 (IPv4) or /16 (IPv6), needs --force; exit code 1 if one was not banned",
    )
    .option("--jail <jail>", "ban in this jail, on its ports only (default: all ports)")
    .option("--for <length>", "90s, 10m, 2h, 7d or forever (default: bantime in [defaults])")
    .option("--reason <text>", "stored with the ban and in the audit log")
    .option("--force", "ban very wide networks, or where somebody is logged in", false)
    .option(...JSON_OPTION)
    .action(async (subjects: string[], options: BanOptions) =>
      end(await (await import("./order.ts")).ban(context(), subjects, options)),
    );
}

function defineUnban({ program, context, end }: CommandRegistry): void {
  program
    .command("unban")
    .argument("[address...]", `lift every ban that shares an address with one of them; ${STDIN}`)
    .summary("lift bans")
    .description("lift bans; exit code 1 if there was none to lift")
    .option("--all", "lift every ban", false)
    .option("--jail <jail>", "only bans of this jail")
    .option("--exact", "only bans of exactly these addresses and networks")
    .option("--reason <text>", "stored in the audit log")
    .option("--keep-history", "let them lengthen the next ban", false)
    .option(...JSON_OPTION)
    .action(async (subjects: string[], options: UnbanOptions) =>
      end(await (await import("./order.ts")).unban(context(), subjects, options)),
    );
}

function defineAllow({ program, context, end }: CommandRegistry): void {
  program
    .command("allow")
    .argument("[address...]", `addresses or networks; ${STDIN}; without any, show the allow-list`)
    .summary("exempt addresses from bans, or show the allow-list")
    .description("exempt addresses from bans and lift their bans, or show the allow-list")
    .option("--for <length>", "90s, 10m, 2h, 7d or forever (default: forever)")
    .option("--reason <text>", "stored with the entry and in the audit log")
    .option("--force", "allow even a network wider than /8 (IPv4) or /16 (IPv6)")
    .option("--remove", "remove from the allow-list", false)
    .option(...JSON_OPTION)
    .action(async (subjects: string[], options: AllowOptions) =>
      end(await (await import("./order.ts")).allow(context(), subjects, options)),
    );
}

function defineBreaker({ program, context, end }: CommandRegistry): void {
  program
    .command("breaker")
    .addArgument(
      new Argument("[reset]", "let suspended rules ban again; without it, list them").choices([
        "reset",
      ]),
    )
    .argument("[jail]", "reset only rules of this jail")
    .argument("[rule]", "reset only this rule")
    .summary("list suspended rules, or reset them")
    .description(
      "list rules that were suspended because they banned addresses from which users log in, and rules that reached their limit of bans per minute; reset lets them ban again; exit code 1 if one is listed, or none was reset",
    )
    .option(...JSON_OPTION)
    .action(
      async (
        what: string | undefined,
        jail: string | undefined,
        rule: string | undefined,
        options: { json: boolean },
      ) => {
        const { breaker } = await import("./breaker.ts");
        end(await breaker(context(), { what, jail, rule }, options));
      },
    );
}

function defineNotify({ program, context, end }: CommandRegistry): void {
  program
    .command("notify")
    .addArgument(new Argument("<test>", "send a test message").choices(["test"]))
    .argument("<channel>", "the name in [notify.NAME]")
    .summary("send a test message to a channel for notices")
    .description(
      "have the daemon send a test message to a channel now, and show what its service answered; exit code 1 if it was not accepted",
    )
    .option(...JSON_OPTION)
    .action(async (_what: string, channel: string, options: { json: boolean }) =>
      end(await (await import("./notify.ts")).notifyTest(context(), channel, options)),
    );
}

/** Defines fail2ban-client's commands `set JAIL banip IP`, `set JAIL unbanip IP` and `get JAIL banip`. */
function defineHabits({ program, context, end }: CommandRegistry): void {
  program
    .command("set")
    .argument("<jail>", "the jail")
    .addArgument(
      new Argument("<action>", "what to do with the addresses").choices([
        "banip",
        "unbanip",
        "addignoreip",
        "delignoreip",
      ]),
    )
    .argument("<address...>", STDIN)
    .summary("change bans of a jail, in the syntax of fail2ban-client")
    .description(
      "change bans and exemptions of a jail, in the syntax of fail2ban-client: set sshd banip 192.0.2.7",
    )
    .action(async (jail: string, what: string, subjects: string[]) =>
      end(await (await import("./fail2ban-habits.ts")).set(context(), { jail, what, subjects })),
    );
  program
    .command("get")
    .argument("<jail>", "the jail")
    .addArgument(
      new Argument("<property>", "what to list").choices(["banip", "banned", "ignoreip"]),
    )
    .summary("list bans of a jail, in the syntax of fail2ban-client")
    .description(
      "list bans or exemptions of a jail, in the syntax of fail2ban-client: get sshd banip",
    )
    .action(async (jail: string, what: string) =>
      end(await (await import("./fail2ban-habits.ts")).get(context(), { jail, what })),
    );
}
