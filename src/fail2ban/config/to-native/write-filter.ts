/** Writes a jail's filter in the native format, with unchanged expressions. */
import type { CanaryKind } from "../../../domain/filter-definition.ts";
import { tomlList, tomlString } from "../toml-text.ts";
import { zoneOffset } from "../../dialect/time-zones.ts";
import type { Draft } from "./draft.ts";
import { linesOf, optionOf } from "./option-texts.ts";

export function writeFilter(
  { jail, note, unusable }: Draft,
  name: string,
): {
  name: string;
  text: string;
} {
  const failregex = linesOf(optionOf(jail, "failregex"));
  const lines = [
    `name = ${tomlString(name)}`,
    `description = ${tomlString(`of jail ${jail.name}, from filter.d/${jail.filter?.name ?? ""}`)}`,
    ...canaryOf(jail.filter?.name),
    ...comparisonOf(jail),
    "",
    "[python]",
    `failregex = ${tomlList(failregex)}`,
  ];
  const add = (key: string, text: string | undefined): void => {
    if (text !== undefined) lines.push(`${key} = ${text}`);
  };
  const ignoreregex = linesOf(optionOf(jail, "ignoreregex"));
  if (ignoreregex.length > 0) add("ignoreregex", tomlList(ignoreregex));
  const prefregex = optionOf(jail, "prefregex")?.trim();
  if (prefregex) add("prefregex", tomlString(prefregex));
  if ([...failregex, prefregex ?? ""].some((text) => NETWORK.test(text))) {
    note(
      "changed",
      "<SUBNET>, <CIDR>: addresses that lines name count, networks do not; anyone who can write to a log could ban any address",
    );
  }
  if ([...failregex, prefregex ?? ""].some((text) => OWN_ID.test(text))) {
    note(
      "changed",
      "<F-ID>: only addresses are banned; a failure with another id, such as a user, bans nobody and starts no action",
    );
  }
  const dates = linesOf(optionOf(jail, "datepattern"));
  if (dates.length > 0) add("datepattern", tomlList(dates));
  const maxlines = Number(optionOf(jail, "maxlines") ?? 1);
  if (maxlines > 1) add("maxlines", String(maxlines));
  const usedns = optionOf(jail, "usedns")?.trim().toLowerCase();
  if (usedns === "raw") add("usedns", '"raw"');
  else if (usedns === "yes" || usedns === "warn") {
    // Written to the filter, although bailiff never looks up names.
    add("usedns", tomlString(usedns));
    note(
      "changed",
      `usedns = ${usedns}: names found in a log are not looked up, because the owner of a DNS zone could otherwise ban any address`,
    );
  }
  const zone = optionOf(jail, "logtimezone")?.trim();
  const offset = zone ? zoneOffset(zone) : undefined;
  if (offset?.ok === false) unusable("logtimezone", zone ?? "", offset.error, "the host's zone");
  else if (zone) add("logtimezone", tomlString(zone));
  return { name, text: `${lines.join("\n")}\n` };
}

/** Protocol of each stock filter's service, in which a self-test makes its failed login. */
const SPEAKS: ReadonlyMap<string, CanaryKind> = new Map([
  ["sshd", "ssh"],
  ["dropbear", "ssh"],
  ["nginx-http-auth", "http"],
  ["apache-auth", "http"],
  ["dovecot", "imap"],
  ["postfix-sasl", "smtp"],
  ["vsftpd", "ftp"],
  ["proftpd", "ftp"],
  ["pure-ftpd", "ftp"],
]);

function canaryOf(filter: string | undefined): readonly string[] {
  const kind = SPEAKS.get(filter ?? "");
  return kind === undefined ? [] : [`canary = ${tomlString(kind)}`];
}

/** bailiff's filter for the service of each stock filter that counts failed logins. */
const NATIVE: ReadonlyMap<string, string> = new Map([
  ["sshd", "sshd"],
  ["dropbear", "dropbear"],
  ["nginx-http-auth", "nginx"],
  ["apache-auth", "apache"],
  ["dovecot", "dovecot"],
  ["vsftpd", "vsftpd"],
  ["proftpd", "proftpd"],
  ["pure-ftpd", "pure-ftpd"],
  ["mysqld-auth", "mysql"],
  ["roundcube-auth", "roundcube"],
]);
/** Other modes of a stock filter, and ignoreregex, leave out failed logins on purpose. */
const WHOLE_MODES: readonly string[] = ["normal", "aggressive"];

function comparisonOf(jail: Draft["jail"]): readonly string[] {
  const native = NATIVE.get(jail.filter?.name ?? "");
  const isPartial =
    !WHOLE_MODES.includes(jail.filter?.mode ?? "normal") ||
    linesOf(optionOf(jail, "ignoreregex")).length > 0;
  return native === undefined || isPartial ? [] : [`compare_with = ${tomlString(native)}`];
}

/** An id that an expression captures itself, unless it begins with an address. */
const OWN_ID = /<F-ID\/>|(?:<F-ID>|\(\?P<fid>)(?!<(?:HOST|ADDR|IP[46])>)/;
const NETWORK = /<(?:F-)?(?:SUBNET|CIDR)\/?>/;
