/** Reads one hop of X-Forwarded-For or of Forwarded (RFC 7239): an address, and its port if it has one. */
import { type Ip, parseIp } from "../../domain/ip.ts";

/** Returns undefined for text that is no address, such as "unknown" or an obfuscated identifier ("_hidden"). */
export function readHop(element: string): Ip | undefined {
  const text = element.trim();
  return text.includes("=") ? readElement(text) : readNode(text);
}

/** Reads an element of RFC 7239, section 4: pairs separated by semicolons, of which `for` names the peer. */
function readElement(text: string): Ip | undefined {
  const nodes = text.split(";").flatMap((pair) => {
    const [, value] = /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair) ?? [];
    return value ?? [];
  });
  const [node, ...more] = nodes;
  if (node === undefined || more.length > 0) return undefined;
  return readNode(node.startsWith('"') && node.endsWith('"') ? node.slice(1, -1) : node);
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
