/** Reads the token with which a monitoring system reads /metrics, and compares it in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { readSecret } from "../host/read-secret.ts";
import { startError } from "./start-error.ts";

const MIN_LENGTH = 20;

/** Reports whether a value of the Authorization header contains the token. */
export type IsMetricsToken = (authorization: string) => boolean;

/** Throws a `CodedError` if the file cannot be used. */
export async function readMetricsToken(path: string): Promise<IsMetricsToken> {
  const secret = await readSecret(path);
  const problem = secret.ok
    ? secret.value.length < MIN_LENGTH && `${path} has fewer than ${MIN_LENGTH} characters`
    : secret.error;
  if (!secret.ok || problem !== false)
    throw startError(`the token for /metrics: ${problem}`, hintFor(path, secret.ok));
  const expected = hashOf(secret.value);
  return (authorization) => {
    const [, token = ""] = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(authorization) ?? [];
    // Hashes have the same length, whatever was sent.
    return timingSafeEqual(hashOf(token), expected);
  };
}

/** Advises to write a token only where none can be lost. */
function hintFor(path: string, isShort: boolean): string {
  if (path.startsWith("/run/credentials/"))
    return "systemctl edit bailiff-web gives it with LoadCredential=metrics:FILE";
  if (isShort || isMissing(path)) return `make one: head -c 32 /dev/urandom | base64 > ${path}`;
  return `the dashboard's user must own it, or get it with LoadCredential=metrics:${path}`;
}

function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
