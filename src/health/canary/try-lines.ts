/** Runs the first half of a self-test: makes a failed login, whose line must arrive, be recognized and count. */
import { amount } from "../../domain/amount.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Port } from "../../domain/port-scope.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import type { Canary, CanaryWatch, Flight } from "../../pipeline/canary-watch.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { createLineRecognizer } from "../recognize-lines.ts";
import { type attemptLogin, cut } from "./attempt-login.ts";
import type { Finding, StepLog, StepName } from "./self-test-steps.ts";

export interface TryLinesOptions {
  readonly log: StepLog;
  readonly live: LiveJail;
  readonly canaries: CanaryWatch;
  readonly attempt: typeof attemptLogin;
  readonly clock: Clock;
  /** Describes where the jail's lines come from, for people. */
  readonly where: string;
}

const UNTESTED =
  "cannot be tested here: the service writes its log itself, and no line sent through syslog comes to";
const ARRIVE_MS = 5000;
const MATCH_MS = 1000;

/** Returns the port on which the service was dialed, if it was. */
export async function tryLines(options: TryLinesOptions): Promise<Port | undefined> {
  const { log, live, where } = options;
  const { name, config } = live.jail;
  let flight: Flight | undefined;
  let canary: Canary | undefined;
  let port: Port | undefined;
  await log.take("attempt", async () => {
    const attempted = await options.attempt(options);
    ({ flight, canary, port } = attempted);
    return attempted.finding;
  });
  const seen = flight;
  if (seen === undefined || canary === undefined) {
    const evidence = "no line was written that could be searched for";
    await skip(log, ["arrive", "match", "count"], evidence);
    return port;
  }
  const { user, from } = canary;
  const lines = (): readonly string[] => seen.lines(name);
  const own = port === undefined && writesItself(live);
  await log.take("arrive", async () => {
    await seen.until(() => lines().length > 0, ARRIVE_MS);
    const [line] = lines();
    if (line !== undefined)
      return { outcome: "proven", evidence: `seen in ${where}: ${cut(line)}` };
    if (own) return { outcome: "impossible", evidence: `${UNTESTED} ${where}` };
    const evidence = `no line with ${user} came from ${where} within ${ARRIVE_MS / 1000} s`;
    const fix = `bailiff doctor ${name} shows where the program writes; grep ${user} there, or: journalctl -g ${user}`;
    return { outcome: "failed", evidence, fix };
  });
  if (own && lines().length === 0) {
    await skip(log, ["match", "count"], "no line came that could be matched");
    return port;
  }
  const matches = () => seen.matches().filter(({ jails }) => jails.includes(name));
  const counted = () => matches().find(({ kind, counts }) => kind === "failure" && counts > 0);
  await log.take("match", async () => {
    await seen.until(() => counted() !== undefined, MATCH_MS);
    if (matches().length > 0) {
      const rules = [...new Set(matches().map(({ rule }) => rule))].join(", ");
      const evidence = `rules ${rules}; address ${from}; user ${user}${unknownAmong(options, lines())}`;
      return { outcome: "proven", evidence };
    }
    return notMatched(options, seen, { user, from });
  });
  await log.take("count", () => {
    const match = counted();
    if (match !== undefined) {
      const evidence = `a real attempt would count as ${match.counts} of ${amount(config.maxretry, "failure")} that ${config.maxretry === 1 ? "leads" : "lead"} to a ban; a test is not counted`;
      return { outcome: "proven", evidence };
    }
    const rules = [...new Set(matches().map(({ rule, kind }) => `${rule} (${kind})`))].join(", ");
    const evidence = `only recognized by ${rules}, which counts nothing in mode ${config.mode}`;
    const fix = `fix filter ${config.filter}: a rule with is = "failure" must match this line: ${cut(lines()[0] ?? "")}`;
    return { outcome: "failed", evidence, fix };
  });
  return port;
}

async function skip(log: StepLog, steps: readonly StepName[], evidence: string): Promise<void> {
  for (const step of steps) await log.take(step, () => ({ outcome: "impossible", evidence }));
}

/** Reports whether the jail reads files that a syslog daemon does not usually write. */
function writesItself({ search: { source } }: LiveJail): boolean {
  return source?.kind === "file" && !source.files.some(isSharedLog);
}

/** Describes lines of the same login that no rule recognizes; "" if there are none. */
function unknownAmong({ live, clock }: TryLinesOptions, lines: readonly string[]): string {
  const { filter } = live.jail;
  // Messages of the journal have no header, in which the router looks for the program.
  const head = live.search.source?.kind === "journal" ? `${filter.programs[0] ?? ""}[1]: ` : "";
  const text = lines.map((line) => `${head}${line}\n`).join("");
  const own = createLineRecognizer(filter, () => 0, clock).ownLines(text, undefined);
  const unknown = own.filter(({ match }) => match === undefined);
  return unknown.length === 0
    ? ""
    : `; no rule recognizes ${unknown.length} of its ${amount(own.length, "line")}: ${cut(unknown[0]?.text ?? "")}`;
}

function notMatched(
  { live }: TryLinesOptions,
  flight: Flight,
  { from }: Pick<Canary, "user" | "from">,
): Finding {
  const { filter } = live.jail.config;
  const line = cut(flight.lines(live.jail.name)[0] ?? "");
  const [stray] = flight.strays();
  if (stray !== undefined) {
    const evidence = `its line has ${stray} instead of ${from}, as with a proxy in front of the service: ${line}`;
    const fix =
      "let the service log the client's own address (real_ip, mod_remoteip, PROXY protocol), or its proxy is banned in place of clients";
    return { outcome: "failed", evidence, fix };
  }
  const evidence = `no rule of filter ${filter} matches it as a failure of ${from}: ${line}`;
  const fix = `bailiff drift ${live.jail.name} proposes a rule for such lines`;
  return { outcome: "failed", evidence, fix };
}
