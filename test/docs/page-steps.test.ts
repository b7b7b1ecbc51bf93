/** Pages are parsed completely, and differences other than times and random values are found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, findSteps } from "./page-steps.ts";

const PAGE = `Type:

\`\`\`sh
cd /tmp
bailiff check   # reads
\`\`\`

\`\`\`
Configuration is valid
\`\`\`

\`\`\`
$ bailiff bans
1 ban
$ bailiff unban 192.0.2.7
192.0.2.7 unbanned
\`\`\`

\`\`\`toml
[defaults]
\`\`\`

\`\`\`
nobody printed this
\`\`\`

\`\`\`text
a drawing
\`\`\`
`;

test("commands are found with what is shown for them, and blocks of no command are named", () => {
  assert.deepEqual(findSteps("p.md", PAGE), {
    steps: [
      {
        place: "p.md:3",
        commands: "cd /tmp\nbailiff check   # reads\n",
        shown: "Configuration is valid\n",
      },
      { place: "p.md:13", commands: "bailiff bans\n", shown: "1 ban\n" },
      { place: "p.md:15", commands: "bailiff unban 192.0.2.7\n", shown: "192.0.2.7 unbanned\n" },
    ],
    loose: [
      { place: "p.md:23", text: "nobody printed this\n" },
      { place: "p.md:27", text: "a drawing\n" },
    ],
  });
});

const SAME: readonly (readonly [shown: string, output: string])[] = [
  ["sshd 22s ago\n", "sshd    1m 3s ago"],
  ["LAST LINE 22s ago", "LAST LINE just now"],
  ["until 07:12:13 (in 1h 28s)", "until Dec 1 00:12:13 (in 59m 58s)"],
  ["alice since\n  08:02:11 (pts/0)", "alice since Nov 30 23:59:59\n(pts/12)"],
  ["until 10:40:44: scans", "until 10:59:28: scans"],
  ["cp one two \\\n  && reload", "cp one \\\n  two && reload"],
  ["proven end to end in 245 ms", "proven end to end in 2.2 s"],
  ["203.0.113.9 sshd in 1h 28s enforced 3 22", "203.0.113.9 sshd in 1h 4m enforced 12 22"],
  ["first\n…\nlast\n", "first\n2\n3\nlast"],
  ["first\n…\n", "first\n2"],
  ["…\nlast", "1\nlast"],
];

const DIFFERENT: readonly (readonly [shown: string, output: string])[] = [
  ["1 ban", "2 bans"],
  ["1 ban", "1 ban\n\nWarning"],
  ["1 ban\nWarning", "1 ban"],
  ["5 failures in 10m", "5 failures in 1h"],
  ["203.0.113.9 banned", "203.0.113.8 banned"],
  ["2001:db8:12:34::1", "2001:db8:12:35::1"],
  ["enforced 3 22", "enforced 0 22"],
  ["first\n…\nlast", "first\n2\n3"],
  ["first\n…\nlast", "first\nlast\n3"],
  ["a\n…\nb\n…\nc", "a\nc\nb"],
  ["expected one of a, b (did you mean c)", "expected one of a, b…"],
];

test("only times, durations and random values may differ", () => {
  for (const [shown, output] of SAME) assert.equal(differenceOf(shown, output), undefined, shown);
  for (const [shown, output] of DIFFERENT)
    assert.notEqual(differenceOf(shown, output), undefined, shown);
});

test("a difference is shown from its first character", () => {
  assert.equal(
    differenceOf("JAIL STATE\nsshd protecting", "JAIL  STATE\nsshd  blind"),
    "the page: JAIL STATE sshd protecting\nreality:  JAIL STATE sshd blind",
  );
});
