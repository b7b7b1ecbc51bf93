/** Reads an e-mail address and a domain. */
import { ok, fail } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake } from "./kind.ts";

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
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;

export const emailKind: Kind<string> = textThat(
  'an e-mail address such as "abuse@example.org"',
  (text) => /^[^\s@"<>]{1,64}@/.test(text) && isDomain(text.slice(text.indexOf("@") + 1)),
);

export const domainKind: Kind<string> = textThat('a domain such as "example.org"', isDomain);

function isDomain(text: string): boolean {
  return text.length <= MAX_LENGTH && DOMAIN.test(text);
}
