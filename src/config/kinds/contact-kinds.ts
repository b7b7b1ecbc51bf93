/** Reads an e-mail address, a domain, a server, and a list of recipients. */
import { parseIp } from "../../domain/ip.ts";
import { ok, fail } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";

function textThat(expected: string, fits: (text: string) => boolean): Kind<string> {
  return {
    describe: () => expected,
    read: (value) =>
      typeof value === "string" && fits(value)
        ? ok(value)
        : fail(mistake(describeValue(value), expected)),
  };
}

const MAX_LENGTH = 200;
const LOCAL_USER = /^[A-Za-z_][\w.-]{0,63}$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;

export const emailKind: Kind<string> = textThat(
  'an e-mail address such as "abuse@example.org"',
  isEmail,
);

/** Local users such as "root" are recipients too. */
export const recipientsKind: Kind<readonly string[]> = {
  describe: () => 'a list of e-mail addresses or local users such as ["admin@example.org", "root"]',
  read(value, limits) {
    const readOne = (one: unknown): Reading<string> =>
      typeof one === "string" && (isEmail(one) || LOCAL_USER.test(one)) && !one.startsWith("-")
        ? ok(one)
        : fail(mistake(describeValue(one), "an e-mail address or a local user"));
    return readList(value, { expected: this.describe(limits), least: 1, readOne });
  },
};

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

/** Without a port, which is a separate key. */
export const serverKind: Kind<string> = textThat(
  'a host name or an address such as "mail.example.org"',
  (text) => text.length <= MAX_LENGTH && (HOST.test(text) || parseIp(text) !== undefined),
);

export const domainKind: Kind<string> = textThat('a domain such as "example.org"', isDomain);

function isEmail(text: string): boolean {
  return /^[^\s@"<>,;]{1,64}@/.test(text) && isDomain(text.slice(text.indexOf("@") + 1));
}

function isDomain(text: string): boolean {
  return text.length <= MAX_LENGTH && DOMAIN.test(text);
}
