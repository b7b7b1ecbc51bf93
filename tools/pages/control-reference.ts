/** Generates docs/reference/control.md: the protocol of the control socket, and the stable JSON of replies. */
import { defaultPaths } from "../../src/config/default-paths.ts";
import { PART_LENGTH } from "../../src/control/connection.ts";
import {
  LINES_LENGTH,
  LIST_LENGTH,
  PAST_LENGTH,
  TEXT_LENGTH,
} from "../../src/control/parse-request.ts";
import { QUESTION_BYTES, REPLY_BYTES, REQUEST_BYTES } from "../../src/control/protocol.ts";
import { PATIENCE_MS } from "../../src/control/server.ts";
import { JAIL_STATES } from "../../src/health/judge/jail-state.ts";
import { EVENTS } from "../../src/telemetry/events.ts";
import { renderCommands, renderRequests } from "./control-commands.ts";
import { declarationOf, readSource } from "./source-text.ts";
import {
  BANS_EXAMPLE,
  REPLAY_EXAMPLE,
  SCAN_EXAMPLE,
  STATUS_EXAMPLE,
  WHY_EXAMPLE,
} from "./examples/control-examples.ts";

const MESSAGES = "src/control/messages.ts";
/** Files that declare the types of requests and replies. */
const SHAPES = [
  "src/control/status-messages.ts",
  "src/control/link-messages.ts",
  "src/control/proof-messages.ts",
  "src/control/ban-messages.ts",
  "src/control/campaign-messages.ts",
  "src/control/quality-messages.ts",
  "src/control/stats-messages.ts",
  "src/control/take-over-messages.ts",
  MESSAGES,
  "src/control/order-messages.ts",
  "src/control/audit-messages.ts",
  "src/control/drift-messages.ts",
  "src/control/check-messages.ts",
  "src/domain/problem.ts",
  "src/telemetry/event-record.ts",
  "src/telemetry/metrics.ts",
];
const PROTOCOL = "src/control/protocol.ts";
const SOCKET = defaultPaths({ uid: 0, env: {} }).socket;

export function renderControlReference(): string {
  return [contracts(), protocol(), exchangeRules(), requests()].join("\n");
}

/** Formats the replies on which scripts may rely, with examples. */
function contracts(): string {
  return `# Control socket and JSON

<!-- Generated from ${PROTOCOL} and ${MESSAGES} by tools/docs.ts. Do not edit. -->

## What scripts may rely on

The answers of the commands with \`--json\` and those at the socket are contracts: fields may be added, none changes its meaning or goes away without a major version.
Both have the [shapes](#shapes) below; texts in them are for people and may change, except where a shape lists them.
Ignore fields you do not know.
Instants are ISO 8601 with zone; \`until: null\` means forever (in \`BanResult\` only where \`outcome\` says that a ban is in force), \`packets: null\` means not counted.
The exit code is in [commands](cli.md#exit-codes).

### bailiff status --json

\`state\` of a jail is one of ${jailStates()} ([what they mean](../operating.md#states)); at the top it is the worst of them, or \`idle\` without a jail.

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

### bailiff replay --json LOG

One object on a line for each policy; its fields are explained in [filters](../filters.md#contract-of-replay---json).

\`\`\`json
${JSON.stringify(REPLAY_EXAMPLE)}
\`\`\`

### bailiff tune JAIL --json

One object; its fields are explained in [detection](../detection.md#tune-a-jail).

### Shapes

\`\`\`ts
${SHAPES.flatMap(shapesIn).join("\n\n")}

${eventTypes()}
\`\`\`
`;
}

function protocol(): string {
  return `## Protocol

A client connects to the unix stream socket at \`daemon.socket\` ([configuration](configuration.md)), by default \`${SOCKET}\`: mode 0600, or 0660 for \`daemon.socket_group\`.
Where that group is set, root and the daemon's own user also have \`daemon.socket\` with \`.owner\` appended, which no member of the group can keep busy.
The daemon asks the kernel who connected: root and its own user may send every request, members of the group those that read, and \`daemon.socket_operator\` in that group also those that change bans and exemptions.
Messages are JSON objects in UTF-8, one on a line that ends with a line feed; each request is answered, in order.

\`\`\`
${protocolComment()}
\`\`\`
`;
}

function exchangeRules(): string {
  return `The rules of the exchange:

- The server greets first, and the client answers with the same \`v\`. A client that answers with another one gets the error \`version-mismatch\` and is disconnected. Instead of the greeting a server with too many connections sends the error \`busy\` and disconnects.
- A request has exactly \`id\`, \`command\` and \`input\`. \`id\` is an integer from 0 to ${Number.MAX_SAFE_INTEGER} that the client chooses and each reply repeats; it need not be unique. \`input\` is an object, empty for a command that takes nothing; a field that the command does not know is refused (\`bad-input\`), like a missing one. \`input\` of \`follow\` is not looked at.
- Fields of replies that a client does not know are to be ignored; a later version may send more.
- A client may send further requests before the first is answered.
- A reply is complete with \`value\` or \`error\`. A list may come in parts: the whole list is every \`part\` in order and then \`value\`, which holds the rest. A reply that is no list never comes in parts. A part has about ${PART_LENGTH / 1024} KiB; no line of the server is longer than ${REPLY_BYTES / 1024 / 1024} MiB.
- An error after parts replaces the list: what came before it is incomplete.
- An error with \`"id":null\` is about the connection, which ends with it: no JSON, no request of this protocol or a line that is too long (\`bad-message\`), or a time limit (\`timeout\`). Errors with an \`id\` leave it open.
- Limits: a request line holds at most ${REQUEST_BYTES / 1024} KiB (${QUESTION_BYTES / 1024} KiB for members of the group), a text ${TEXT_LENGTH} characters, a list ${LIST_LENGTH} items, \`past\` ${PAST_LENGTH} and \`lines\` ${LINES_LENGTH}. A list that stands in place of one text has at least one item.
- A connection without a request for ${PATIENCE_MS / 1000} s is closed without an error; the time for which the daemon works on an answer does not count. One that has sent half a line for as long is refused with \`timeout\`. One that does not read its reply for as long is closed without an error, mostly in the middle of a line: no error could be sent behind what it did not read.
- \`follow\` has no last reply until the client sends a further request: then a \`value\` with an empty list ends it, and that request is answered.
- A duration is a number of milliseconds, an address or network a text such as \`192.0.2.7\` or \`2001:db8::/64\`; names are not looked up.
`;
}

function requests(): string {
  return `### Requests

${renderRequests()}

\`?\` marks what may be left out.
What a request changes takes effect before it is answered.

Codes of errors are in [errors](errors.md). With an \`id\` come \`bad-input\`, \`unknown-command\`, \`permission-denied\` and \`bug\` for every request; \`unknown-jail\` where \`jail\` names none; \`no-address\` where a subject or \`peer\` is none; \`network-too-wide\` for \`allow\`; \`bad-config\` for \`reload\` and \`add_rule\`; \`unknown-message\`, \`rule-not-proposed\`, \`rule-forgeable\` and \`filter-not-written\` for \`add_rule\`; \`busy\` for \`verify\`; \`unknown-channel\` for \`notify_test\`.

### Writing configuration

The daemon writes one thing: the rule of \`add_rule\`, which it proposed itself. Under the packaged unit it may write in \`/etc/bailiff\` and not elsewhere.
When it may not write to the directory of your filters (\`filter-not-written\`, whose message shows the file and the rule), a client that may writes the file, as [filters](../filters.md#adding-to-a-shipped-filter) describes.
After it changed a file a client sends \`check\`, which answers every problem with its place, and then \`reload\`.
To take back a rule, remove it from the file and \`reload\`.

### Commands and their requests

${renderCommands()}

Without a daemon \`bailiff doctor --json\` answers with what it sees itself and \`error\`, the reason that no daemon answered.
`;
}

/** Returns the states of a jail, best first. */
function jailStates(): string {
  return JAIL_STATES.map((state) => `\`${state}\``)
    .toReversed()
    .join(", ");
}

/** Returns the types of the fields of an event record. */
function eventTypes(): string {
  const levels = new Set(Object.values(EVENTS).map(({ level }) => JSON.stringify(level)));
  return `type Level = ${[...levels].toSorted().join(" | ")};

/** One of the names in the table of events; later versions may add names. */
type EventName = string;`;
}

/** Returns every exchanged type, except the table of commands. */
function shapesIn(path: string): readonly string[] {
  const names = [...readSource(path).matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  return names.flatMap((name = "") => (name === "Commands" ? [] : [declarationOf(name, path)]));
}

/** Returns the part of the protocol's comment that shows the messages. */
function protocolComment(): string {
  const lines = readSource(PROTOCOL)
    .split("\n")
    .filter((line) => line.startsWith(" *   "));
  return lines.map((line) => line.slice(5)).join("\n");
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
