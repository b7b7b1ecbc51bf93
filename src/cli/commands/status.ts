import { nameJails } from "../../fail2ban/group-problems.ts";
import type { JailReply, StatusReply } from "../../control/messages.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { safe, type Terminal } from "../terminal.ts";
import { describeIgnored } from "./why.ts";
import { formatDistance } from "../when.ts";

export async function status(
  context: CommandContext,
  jail: string | undefined,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const reply = await ask(context, "status", jail === undefined ? {} : { jail });
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(reply));
  else
    terminal.print(
      jail === undefined ? describeAll(reply, terminal) : describeOne(reply, terminal),
    );
  const good = reply.jails.every(({ state }) => state === "protecting" || state === "observing");
  const all = reply.jails.length > 0 && reply.left_out.length === 0;
  return good && all ? EXIT.ok : EXIT.no;
}

const STYLES = {
  protecting: "green",
  observing: "cyan",
  degraded: "yellow",
  blind: "red",
  toothless: "red",
} as const;

export function paintState(state: string, terminal: Terminal): string {
  const style = Object.entries(STYLES).find(([name]) => name === state)?.[1];
  return style === undefined ? state : terminal.paint(style, state);
}

function describeAll(reply: StatusReply, terminal: Terminal): string {
  const waiting = reply.looking_for.map(
    ({ name, reason }) => `Looking for ${name}: ${safe(reason)}`,
  );
  if (reply.jails.length === 0) {
    const nothing = waiting.length === 0 ? "No jail: no filter is there." : "Nothing to watch yet.";
    return [heading(reply), nothing, ...waiting, ...describeLeftOut(reply)].join("\n");
  }
  const rows = reply.jails.map((jail) => [
    jail.name,
    paintState(jail.state, terminal),
    String(jail.failures),
    String(jail.tracked),
    String(jail.banned),
    formatDistance(jail.sources[0]?.last_line_at ?? null),
    safe(jail.sources[0]?.where ?? "no source"),
  ]);
  const table = formatTable({
    headings: ["JAIL", "STATE", "FAILURES", "TRACKED", "BANNED", "LAST LINE", "SOURCE"],
    rows,
  });
  const reasons = reply.jails
    .filter(({ state }) => state !== "protecting")
    .flatMap(({ name, reason, fix, since }) => [
      `${name}: ${safe(reason)} (${formatDistance(since)})`,
      ...(fix === null ? [] : [`  to do: ${safe(fix)}`]),
    ]);
  const more = [...reasons, ...describeIgnoredOf(reply), ...describeLeftOut(reply)];
  return [heading(reply), "", table, ...(more.length === 0 ? [] : ["", ...more])].join("\n");
}

/** Somebody who trusts the allow-list more than its entries deserve should see whom it lets go on. */
function describeIgnoredOf({ jails }: StatusReply): readonly string[] {
  return jails.flatMap(({ name, ignored }) => {
    const [newest] = ignored;
    if (newest === undefined) return [];
    const offenses = ignored.reduce((sum, one) => sum + one.offenses, 0);
    const times = offenses === 1 ? "1 offense" : `${offenses} offenses`;
    return [
      `${name}: ${times} ignored of exempt addresses, last of ${newest.subject} (${safe(newest.entry)}): bailiff status ${name}`,
    ];
  });
}

function describeLeftOut({ left_out }: StatusReply): readonly string[] {
  const said = left_out.map((one) => {
    const reasons = one.reasons.map((reason) => reason.replace(`: ${one.name}.`, ": "));
    return { ...one, cause: JSON.stringify([one.kept, reasons]), general: reasons };
  });
  // One cause is said once, however many jails it concerns.
  return [...Map.groupBy(said, ({ cause }) => cause).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const reasons = group.length === 1 ? first.reasons : first.general;
    const what = first.kept
      ? "not reloaded: the last good configuration stays in use"
      : "LEFT OUT: cannot run as written";
    return [
      `${nameJails(group.map(({ name }) => name))}: ${what}`,
      ...reasons.map((reason) => `  ${safe(reason)}`),
    ];
  });
}

function heading({ version, enforcer, record, started_at }: StatusReply): string {
  const trouble = enforcer.trouble === null ? "" : ` (${safe(enforcer.trouble)})`;
  const memory =
    record.state === "ok"
      ? ""
      : `\nDatabase: ${safe(record.reason ?? "")}; ${record.unsaved} writes held in memory`;
  const drops = enforcer.enforcing
    ? `bans are dropped by ${enforcer.name}`
    : "observing only, nothing is dropped";
  return `bailiff ${version}, running since ${formatDistance(started_at)}; ${drops}${trouble}${memory}`;
}

function describeOne(reply: StatusReply, terminal: Terminal): string {
  const jails = reply.jails.map((jail) => describeJail(jail, terminal));
  return [...jails, ...describeLeftOut(reply)].join("\n");
}

function describeJail(jail: JailReply, terminal: Terminal): string {
  const lines = [
    `${jail.name}: ${paintState(jail.state, terminal)}: ${safe(jail.reason)} (${formatDistance(jail.since)})`,
    ...(jail.fix === null ? [] : [`  to do     ${safe(jail.fix)}`]),
    `  policy    ${jail.policy}`,
    `  filter    ${jail.filter}, mode ${jail.mode}`,
  ];
  for (const source of jail.sources) {
    lines.push(`  source    ${source.kind} ${safe(source.where)} (${source.state})`);
    lines.push(
      `  lines     ${source.lines}, last ${formatDistance(source.last_line_at)}; ${source.unrecognised} not recognized`,
    );
  }
  lines.push(`  failures  ${jail.failures} since the start, ${jail.tracked} addresses watched`);
  for (const ignored of jail.ignored) lines.push(`  ignored  ${describeIgnored(ignored).slice(1)}`);
  lines.push(`  banned    ${jail.banned} now (bailiff bans --jail ${jail.name})`);
  return lines.join("\n");
}
