/** docs/reference/control.md: the protocol of the control socket, and the contracts of the --json answers. */
import { mayAsk } from "../../src/control/access.ts";
import type { CommandName } from "../../src/control/messages.ts";
import { declarationOf, readSource } from "./source-text.ts";
import {
  BANS_EXAMPLE,
  SCAN_EXAMPLE,
  STATUS_EXAMPLE,
  WHY_EXAMPLE,
} from "./examples/control-examples.ts";

const MESSAGES = "src/control/messages.ts";
const DRIFT_MESSAGES = "src/control/drift-messages.ts";
const DRIFT_SHAPES = ["DriftReply", "DriftShapeReply", "RuleReply"];
const PROTOCOL = "src/control/protocol.ts";

/** A new command does not compile without its line. */
const COMMANDS: { readonly [name in CommandName | "follow"]: readonly [string, string] } = {
  status: ["`jail`?", "`StatusReply`, of all jails or one"],
  verify: ["`jail`", "`VerifyReply`: takes seconds, at most 30"],
  doctor: ["`jail`?", "`DoctorReply`: looks at every link first"],
  support: ["nothing", "`SupportReply`"],
  drift: ["`jail`?", "a list of `DriftReply`, one a filter"],
  bans: ["`jail`?", "a list of `BanReply`"],
  ban: [
    '`subject` (one or a list), `jail`?, `for`? (milliseconds or `"forever"`), `reason`?, `force`?, `peer`?',
    "a list of `BanResult`: `banned`, `extended`, `already-banned`, `allow-listed`, or `needs-force`: somebody is logged in there, or `peer`, the caller's own SSH address, is part of it",
  ],
  take_over: [
    "`from`, `bans` (a list of `TakenBan`), `peer`?",
    "`TakeOverReply`: what became of each. Bans of another program, such as fail2ban; the allow-list and whoever is logged in are stronger",
  ],
  breakers: ["nothing", "a list of `BreakerReply`: rules that were stopped"],
  reset_breaker: ["`jail`?, `rule`?", "a list of `BreakerReply`: those that ban again"],
  unban: [
    "`subjects`, `all`, `jail`?, `reason`?",
    "a list of `{subject, jail}`: what was lifted, also wider and narrower bans that share an address",
  ],
  why: ["`subject`", "`WhyReply`"],
  allow: [
    "`subject` (one or a list), `for`? (milliseconds), `reason`?",
    "`{subject, lifted}`: `subject` as it was asked, and how many bans ended",
  ],
  disallow: [
    "`subject` (one or a list), `reason`?",
    "`{removed, missing}`: whether any was on the list, and those that were not",
  ],
  allowed: ["`jail`?", "a list of `{subject, since, until, because}`"],
  history: ["`subject`?, `jail`?, `limit`", "a list of `PastBanReply`, newest first"],
  audit: [
    "`subject`?, `jail`?, `limit`",
    "a list of `{at, action, who, subject, jail, detail}`, newest first",
  ],
  reload: ["nothing", "`{restart_needed}`: keys that take effect at the next start"],
  stop: ["`unban`", "`{stopping}`"],
  version: ["nothing", "`{version}`"],
  follow: [
    "nothing",
    "lists of `FollowReply` until the client sends anything or goes; `event` as in [events](events.md)",
  ],
};

const SHAPES = [
  "StatusReply",
  "JailReply",
  "SourceReply",
  "DoctorReply",
  "LinkReply",
  "SupportReply",
  "BanReply",
  "TakenBan",
  "TakeOverReply",
  "TakeOverResult",
  "WhyReply",
  "WhyBan",
  "EvidenceReply",
  "LoginReply",
  "BreakerReply",
  "PastBanReply",
  "FollowReply",
];

export function renderControlReference(): string {
  return `# Control socket and JSON

<!-- Generated from ${PROTOCOL} and ${MESSAGES} by tools/docs.ts. Do not edit. -->

## What scripts may rely on

The answers of \`status --json\`, \`bans --json\`, \`why --json\`, \`drift --json\` and \`scan --json\` are contracts: fields may be added, none changes its meaning or goes away without a major version.
Ignore fields you do not know.
Instants are ISO 8601 with zone; \`until: null\` means forever, \`packets: null\` means not counted.
The exit code is in [commands](cli.md#exit-codes).

### bailiff status --json

\`state\` of a jail is \`protecting\`, \`degraded\`, \`blind\`, \`toothless\` or \`observing\` ([what they mean](../operating.md#states)); at the top it is the worst of them, or \`idle\` without a jail.

${json(STATUS_EXAMPLE)}

### bailiff bans --json

${json(BANS_EXAMPLE)}

### bailiff why ADDRESS --json

${json(WHY_EXAMPLE)}

### bailiff scan --filter NAME --json LOG

One object on a line for each line of the log, in order; its fields are explained in [filters](../filters.md#contract-of-scan---json).

\`\`\`json
${SCAN_EXAMPLE.map((line) => JSON.stringify(line)).join("\n")}
\`\`\`

### Shapes

\`\`\`ts
${SHAPES.map((name) => declarationOf(name, MESSAGES)).join("\n\n")}

${DRIFT_SHAPES.map((name) => declarationOf(name, DRIFT_MESSAGES)).join("\n\n")}
\`\`\`

## Protocol

The socket is \`daemon.socket\`: mode 0600, or 0660 for \`daemon.socket_group\`.
The daemon asks the kernel who connected: root and its own user may do everything, members of the group may read.
JSON objects, one on a line; an answer comes for each request, in order.

\`\`\`
${protocolComment()}
\`\`\`

A line of a client holds at most 1 MiB.
A client that sends half a line, or does not read, for 30 s is turned away, and so is one that says anything else than this protocol.

| command | input | answer | who |
|---|---|---|---|
${Object.entries(COMMANDS).map(commandRow).join("\n")}

\`?\` marks what may be left out.
Error codes are in [errors](errors.md).
`;
}

function commandRow([name, [input, answer]]: readonly [string, readonly [string, string]]): string {
  return `| \`${name}\` | ${input} | ${answer} | ${groupMay(name) ? "group" : "root, own user"} |`;
}

/** Asked of the rule itself, as a member of the group. */
function groupMay(name: string): boolean {
  const peer = { credentials: { pid: 1, uid: 4242, gid: 4242 }, who: "" };
  const command = Object.keys(COMMANDS).find((known): known is CommandName => known === name);
  return (
    command !== undefined && mayAsk(command, peer, { ownUid: 0, shared: true, groupMay: "read" })
  );
}

/** The part of the comment that shows the messages. */
function protocolComment(): string {
  const lines = readSource(PROTOCOL)
    .split("\n")
    .filter((line) => line.startsWith(" *   "));
  return lines.map((line) => line.slice(5)).join("\n");
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
