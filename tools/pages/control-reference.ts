/** docs/reference/control.md: the protocol of the control socket, and the contracts of the --json answers. */
import { mayAsk } from "../../src/control/access.ts";
import type { CommandName } from "../../src/control/messages.ts";
import { INPUTS, LIST_LENGTH, TEXT_LENGTH } from "../../src/control/parse-request.ts";
import { QUESTION_BYTES, REQUEST_BYTES } from "../../src/control/protocol.ts";
import { PATIENCE_MS } from "../../src/control/server.ts";
import { describeInput } from "./describe-input.ts";
import { declarationOf, readSource } from "./source-text.ts";
import {
  BANS_EXAMPLE,
  SCAN_EXAMPLE,
  STATUS_EXAMPLE,
  WHY_EXAMPLE,
} from "./examples/control-examples.ts";

const MESSAGES = "src/control/messages.ts";
const DRIFT_MESSAGES = "src/control/drift-messages.ts";
const PROTOCOL = "src/control/protocol.ts";

/** What each command answers. A new command does not compile without its line. */
const ANSWERS: { readonly [name in CommandName | "follow"]: string } = {
  status: "`StatusReply`, of all jails or one",
  verify: "`VerifyReply`: takes seconds, at most 30",
  doctor: "`DoctorReply`: looks at every link first",
  support: "`SupportReply`",
  drift:
    "list of `DriftReply`, one a filter. To accept a proposed rule, write it with its sample into a [file that extends the filter](../filters.md#adding-to-a-shipped-filter) and `reload`",
  bans: "list of `BanReply`",
  ban: "list of `BanResult`: `banned`, `extended`, `already-banned`, `allow-listed`, or `needs-force`: somebody is logged in there, or `peer`, the caller's own SSH address, is part of it. `for` is in milliseconds",
  take_over:
    "`TakeOverReply`: what became of each. Bans of another program, such as fail2ban; the allow-list and whoever is logged in take precedence. Instants are milliseconds since 1970",
  breakers: "list of `BreakerReply`: rules that were stopped",
  reset_breaker: "list of `BreakerReply`: those that ban again",
  unban:
    "list of `{subject, jail}`: what was lifted, also wider and narrower bans that share an address",
  why: "`WhyReply`",
  allow:
    "`{subject, lifted}`: `subject` as it was asked, and how many bans ended. `for` is in milliseconds",
  disallow: "`{removed, missing}`: whether any was on the list, and those that were not",
  allowed: "list of `AllowReply`",
  history: "list of `PastBanReply`, newest first",
  audit: "list of `AuditReply`, newest first",
  reload: "`{restart_needed}`: keys that take effect at the next start",
  stop: "`{stopping}`. `unban`: lift all bans first",
  version: "`{version}`",
  follow: "parts of `FollowReply` ([events](events.md)) until the client sends anything or closes",
};

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
${[...shapesIn(MESSAGES), ...shapesIn(DRIFT_MESSAGES)].join("\n\n")}
\`\`\`

## Protocol

The socket is \`daemon.socket\`: mode 0600, or 0660 for \`daemon.socket_group\`.
The daemon asks the kernel who connected: root and its own user may do everything, members of the group may read.
JSON objects, one on a line; an answer comes for each request, in order.

\`\`\`
${protocolComment()}
\`\`\`

The rules of the exchange:

- The server greets first. A client that answers with another \`v\` gets the error \`version-mismatch\` and is disconnected.
- \`id\` is an integer from 0 up, chosen by the client and repeated in each reply. \`input\` is always present; fields that a command does not know are refused (\`bad-input\`), unknown fields of replies are to be ignored.
- A reply is complete with \`value\` or \`error\`. A list may come in parts: the whole list is every \`part\` in order and then \`value\`, which holds the rest. A reply that is no list never comes in parts.
- An error with \`"id":null\` is about the connection, which ends with it: not JSON, no request of this protocol (\`bad-message\`), a line that is too long, or a time limit (\`timeout\`). Errors with an \`id\` leave it open.
- Limits: a request line holds at most ${REQUEST_BYTES / 1024} KiB (${QUESTION_BYTES / 1024} KiB for members of the group), a text ${TEXT_LENGTH} characters, a list ${LIST_LENGTH} items.
- A connection without a request for ${PATIENCE_MS / 1000} s is closed without an error; one that has sent half a line, or does not read its reply, for as long is refused with \`timeout\`.
- \`follow\` has no last reply until the client sends a further request: then an empty \`value\` ends it, and that request is answered.

\`scan\`, \`check\`, \`assess\` and \`import\` work on files and need no daemon: run them as commands with \`--json\`.
Without a daemon \`bailiff doctor --json\` answers with what it sees itself and \`error\`, the reason that no daemon answered.

| command | input | answer | who |
|---|---|---|---|
${Object.entries(ANSWERS).map(commandRow).join("\n")}

\`?\` marks what may be left out.
Error codes are in [errors](errors.md).
`;
}

/** Every exchanged shape; the table of commands itself has a form of its own below. */
function shapesIn(path: string): readonly string[] {
  const names = [...readSource(path).matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  return names.flatMap((name = "") => (name === "Commands" ? [] : [declarationOf(name, path)]));
}

function commandRow([name, answer]: readonly [string, string]): string {
  const schema = Object.entries(INPUTS).find(([command]) => command === name)?.[1];
  const input = schema === undefined ? "nothing" : describeInput(schema);
  return `| \`${name}\` | ${input} | ${answer} | ${groupMay(name) ? "group" : "root, own user"} |`;
}

/** Asked of the rule itself, as a member of the group. */
function groupMay(name: string): boolean {
  const peer = { credentials: { pid: 1, uid: 4242, gid: 4242 }, who: "" };
  const command = Object.keys(ANSWERS).find((known): known is CommandName => known === name);
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
