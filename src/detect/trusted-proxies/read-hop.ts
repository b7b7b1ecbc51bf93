/** Reads one hop of X-Forwarded-For or of Forwarded (RFC 7239): an address, and its port if it has one. */
import { type Ip, parseIp } from "../../domain/ip.ts";

/** Returns undefined for text that is no address, such as "unknown" or an obfuscated identifier ("_hidden"). */
export function readHop(element: string): Ip | undefined {
  const text = element.trim();
  return text.includes("=") ? readElement(text) : readNode(text);
}

/** Matches one pair of an element, and what ends it. A value in quotes may contain what ends others. */
const PAIR = /\s*([^=;"\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^;"]*))(?:;|$)/y;

/** Reads an element of RFC 7239, section 4: pairs separated by semicolons, of which `for` names the peer. */
function readElement(text: string): Ip | undefined {
  let node: string | undefined;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const [, name, quoted, plain = ""] = PAIR.exec(text) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() !== "for") continue;
    if (node !== undefined) return undefined;
    node = quoted ?? plain.trimEnd();
  }
  return node === undefined ? undefined : readNode(node);
}

function readNode(text: string): Ip | undefined {
  const ip = parseIp(text);
  if (ip !== undefined) return ip;
  const { v4, v6 } = WITH_PORT.exec(text)?.groups ?? {};
  const address = v4 ?? v6;
  return address === undefined ? undefined : parseIp(address);
}

/**
 * Matches `192.0.2.7:4711`, `[2001:db8::7]`, `[2001:db8::7]:4711`. An obfuscated port begins with "_" (RFC 7239,
 * section 6).
 */
const WITH_PORT = /^(?:(?<v4>[\d.]+):[\w.-]{1,32}|\[(?<v6>[\da-fA-F:.]+)\](?::[\w.-]{1,32})?)$/;
