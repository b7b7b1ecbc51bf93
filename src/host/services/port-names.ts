/** Resolves port names from /etc/services, with a built-in table as fallback. Reads at most 1 MiB and never fails. */
import { readFile, stat } from "node:fs/promises";
import type { Port } from "../../domain/port-scope.ts";

export type PortNames = ReadonlyMap<string, readonly Port[]>;

const MAX_BYTES = 1024 * 1024;

/** IANA numbers of commonly watched services. The host's file takes precedence. */
const WELL_KNOWN = `
ftp-data 20/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
domain 53/tcp
domain 53/udp
http 80/tcp
kerberos 88/tcp
pop3 110/tcp
imap2 143/tcp imap
ldap 389/tcp
https 443/tcp
https 443/udp
submissions 465/tcp smtps
submission 587/tcp
ldaps 636/tcp
ftps-data 989/tcp
ftps 990/tcp
imaps 993/tcp
pop3s 995/tcp
openvpn 1194/udp
mysql 3306/tcp
rdp 3389/tcp ms-wbt-server
sieve 4190/tcp
sip 5060/tcp
sip 5060/udp
sip-tls 5061/tcp
postgresql 5432/tcp
`;

export async function readPortNames(path = "/etc/services"): Promise<PortNames> {
  const names = new Map(parsePortNames(WELL_KNOWN));
  try {
    const { size } = await stat(path);
    const text = size <= MAX_BYTES ? await readFile(path, "utf8") : "";
    for (const [name, ports] of parsePortNames(text)) names.set(name, ports);
  } catch {
    // Small hosts and containers have no such file, so the built-in table is used.
  }
  return names;
}

/** Parses lines of `name number/protocol alias… # comment` (services(5)); keeps only tcp and udp. */
export function parsePortNames(text: string): PortNames {
  const names = new Map<string, Port[]>();
  for (const line of text.split("\n")) {
    const [name, place = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [, digits, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(place) ?? [];
    const number = Number(digits);
    if (name === undefined || !(number >= 1 && number <= 65_535)) continue;
    const port: Port = { protocol: protocol === "udp" ? "udp" : "tcp", number };
    for (const spelling of [name, ...aliases]) {
      names.set(spelling, [...(names.get(spelling) ?? []), port]);
    }
  }
  return names;
}
