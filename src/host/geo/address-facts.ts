/**
 * Finds country and network of addresses in local .mmdb files. Without files nothing is looked up, and nothing ever
 * leaves the host.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { reasonOf, systemReason } from "../explain-system-error.ts";
import type { Ip } from "../../domain/ip.ts";
import { isRecord } from "../../domain/json.ts";
import { Mmdb } from "./mmdb.ts";

export interface AddressFacts {
  /** Two letters of ISO 3166; undefined: unknown, as the others. */
  readonly country: string | undefined;
  /** Number of the autonomous system that the address belongs to. */
  readonly asn: number | undefined;
  /** Who runs it. */
  readonly organization: string | undefined;
}

export interface AddressFiles extends Disposable {
  find(ip: Ip): AddressFacts;
  /** Why files cannot be used, each with its path. */
  readonly problems: readonly string[];
}

interface Opened {
  readonly path: string;
  readonly mmdb: Mmdb;
  readonly close: () => void;
}

const MAX_TEXT = 128;

/** Opens files for a few look-ups. The first file that knows a fact is believed. */
export function openAddressFiles(paths: readonly string[]): AddressFiles {
  const problems: string[] = [];
  const files = paths.flatMap((path) => {
    try {
      return [openFile(path)];
    } catch (error) {
      problems.push(describeProblem(path, error));
      return [];
    }
  });
  return {
    problems,
    find(ip) {
      const found = files.map(({ path, mmdb }) => {
        try {
          return mmdb.find(ip);
        } catch (error) {
          const problem = describeProblem(path, error);
          if (!problems.includes(problem)) problems.push(problem);
          return undefined;
        }
      });
      const first = <T>(read: (value: unknown) => T | undefined): T | undefined =>
        found.map(read).find((fact) => fact !== undefined);
      return {
        country: first(countryIn),
        asn: first(asnIn),
        organization: first(organizationIn),
      };
    },
    [Symbol.dispose]() {
      for (const { close } of files) close();
    },
  };
}

function describeProblem(path: string, error: unknown): string {
  return `${path}: ${systemReason(error) ?? reasonOf(error)}`;
}

function openFile(path: string): Opened {
  const file = openSync(path, "r");
  const close = (): void => closeSync(file);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("it is not a file");
    const read = (at: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, at));
    };
    return { path, close, mmdb: new Mmdb(read, stat.size) };
  } catch (error) {
    close();
    throw error;
  }
}

/** Reads the names that MaxMind, DB-IP and IPinfo use. */
function countryIn(value: unknown): string | undefined {
  const code =
    fieldOf(value, "country", "iso_code") ??
    fieldOf(value, "country_code") ??
    fieldOf(value, "country") ??
    fieldOf(value, "registered_country", "iso_code");
  return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : undefined;
}

function asnIn(value: unknown): number | undefined {
  const asn = fieldOf(value, "autonomous_system_number") ?? fieldOf(value, "asn");
  const number = typeof asn === "string" ? Number(asn.replace(/^AS/, "")) : asn;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0
    ? number
    : undefined;
}

function organizationIn(value: unknown): string | undefined {
  const name = fieldOf(value, "autonomous_system_organization") ?? fieldOf(value, "as_name");
  return typeof name === "string" && name !== "" ? name.slice(0, MAX_TEXT) : undefined;
}

/** Returns the value of a path of keys; undefined: it is missing, or an object. */
function fieldOf(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) found = isRecord(found) ? found[key] : undefined;
  return isRecord(found) ? undefined : found;
}
