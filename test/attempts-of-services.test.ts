/**
 * Checks that each failed login counts once, in every mode, though services write further lines about it: the answer to
 * it, a summary of the connection, or its end.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { createAttemptCounter } from "../src/detect/attempts.ts";
import { FILTER_MODES, type FilterMode } from "../src/domain/filter-definition.ts";
import { instant } from "../src/domain/instant.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { openLibrary } from "../src/jails/load-filters.ts";
import { createFilterCompiler } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";

enableLinearRegex();

const compile = createFilterCompiler();
const IP = "192.0.2.7";

/** By filter: lines of the failed logins of one connection, and their number. */
const CONNECTIONS: readonly (readonly [string, number, readonly string[]])[] = [
  [
    "opensmtpd",
    2,
    [
      `smtpd[7]: c1a89cb774083905 smtp connected address=${IP} host=<unknown>`,
      "smtpd[7]: c1a89cb774083905 smtp authentication user=alice result=permfail",
      'smtpd[7]: c1a89cb774083905 smtp failed-command command="AUTH LOGIN (password)" result="535 Authentication failed"',
      "smtpd[7]: c1a89cb774083905 smtp authentication user=alice result=permfail",
      'smtpd[7]: c1a89cb774083905 smtp failed-command command="AUTH PLAIN (...)" result="535 Authentication failed"',
      "smtpd[7]: c1a89cb774083905 smtp disconnected reason=quit",
    ],
  ],
  [
    "sendmail",
    3,
    [
      ...Array.from(
        { length: 3 },
        () =>
          `sm-mta[7]: 4AN3B5aa004242: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=alice, relay=[${IP}]`,
      ),
      `sm-mta[7]: 4AN3B5aa004242: [${IP}]: possible SMTP attack: command=AUTH, count=3`,
      `sm-mta[7]: 4AN3B5aa004242: [${IP}] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA`,
    ],
  ],
  [
    "postfix",
    1,
    [
      `postfix/smtpd[7]: connect from unknown[${IP}]`,
      `postfix/smtpd[7]: warning: unknown[${IP}]: SASL LOGIN authentication failed: authentication failure, sasl_username=alice`,
      `postfix/smtpd[7]: too many errors after AUTH from unknown[${IP}]`,
      `postfix/smtpd[7]: disconnect from unknown[${IP}] ehlo=1 auth=0/1 commands=1/2`,
    ],
  ],
  [
    "exim",
    1,
    [
      `exim[7]: login authenticator failed for (User) [${IP}]: 535 Incorrect authentication data (set_id=alice)`,
      `exim[7]: no MAIL in SMTP connection from (User) [${IP}] D=0.3s C=EHLO,AUTH,QUIT`,
    ],
  ],
  // Four lines about the end of the connection.
  [
    "exim",
    1,
    [
      `exim[7]: login authenticator failed for (User) [${IP}]: 535 Incorrect authentication data (set_id=alice)`,
      `exim[7]: TLS error on connection from (User) [${IP}] (recv): The TLS connection was non-properly terminated.`,
      `exim[7]: TLS error on connection from (User) [${IP}] (send): The specified session has been invalidated for some reason.`,
      `exim[7]: SMTP connection from (User) [${IP}] lost D=2s`,
      `exim[7]: no MAIL in SMTP connection from (User) [${IP}] D=2s C=EHLO`,
    ],
  ],
  [
    "dovecot",
    2,
    [1, 2].flatMap(() => [
      `dovecot: auth-worker(alice,${IP})<4243><CvN+E95Uf4e7eEnj>: request [7]: sql: Password mismatch`,
      `dovecot: auth(alice,${IP},sasl:plain)<CvN+E95Uf4e7eEnj>: sql: Password mismatch`,
    ]),
  ],
  [
    "dropbear",
    1,
    [
      `dropbear[7]: Child connection from ${IP}:40122`,
      `dropbear[7]: Bad password attempt for 'alice' from ${IP}:40122`,
      `dropbear[7]: Exit before auth from <${IP}:40122>: (user 'alice', 1 fails): Exited normally`,
    ],
  ],
  [
    "dropbear",
    1,
    [
      `dropbear[7]: Child connection from ${IP}:40122`,
      `dropbear[7]: Bad password attempt for 'alice' from ${IP}:40122`,
      "dropbear[7]: Exit before auth (user 'alice', 1 fails): Exited normally",
    ],
  ],
  // A connection that was closed, and one of the same number after a restart.
  [
    "389ds",
    2,
    ["192.0.2.9", IP].flatMap((ip) => [
      `ns-slapd: conn=7 fd=64 slot=64 connection from ${ip} to 198.51.100.4`,
      'ns-slapd: conn=7 op=0 BIND dn="uid=alice,dc=example,dc=org" method=128 version=3',
      "ns-slapd: conn=7 op=0 RESULT err=49 tag=97 nentries=0 etime=0.07 - Invalid credentials",
      "ns-slapd: conn=7 op=1 fd=64 Disconnect - Cleanly Closed Connection - U1",
    ]),
  ],
];

async function countAttempts(
  name: string,
  mode: FilterMode,
  lines: readonly string[],
): Promise<number> {
  const definition = (await (await openLibrary([])).read([name])).filters.get(name);
  assert.ok(definition !== undefined, name);
  const filter = compile(definition, mode);
  assert.ok(filter.ok, name);
  const attempts = createAttemptCounter();
  let counted = 0;
  const text = lines.map((line) => `Nov 23 04:11:05 mx1 ${line}\n`).join("");
  createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0).route(
    { text, fields: undefined, arrival: "backlog", cursor: undefined },
    instant(Date.parse("2026-11-23T05:00:00Z")),
    {
      matched: (_entry, match) => (counted += attempts.observe(match).counts),
      unrecognized: (_entries, { number }) => assert.fail(`${name}: ${lines[number]}`),
    },
  );
  return counted;
}

for (const [name, expected, lines] of CONNECTIONS)
  for (const mode of FILTER_MODES)
    test(`${name}, ${mode}: each failed login of a connection counts once`, async () => {
      assert.equal(await countAttempts(name, mode, lines), expected);
    });
