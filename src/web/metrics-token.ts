/** Reads the token with which a monitoring system reads /metrics, and compares it in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";
import { CodedError } from "../domain/errors.ts";
import { readSecret } from "../host/read-secret.ts";

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
    throw new CodedError("web-unavailable", `the token for /metrics: ${problem}`, {
      hint: `make one: openssl rand -hex 32 > ${path}`,
    });
  const expected = hashOf(secret.value);
  return (authorization) => {
    const [, token = ""] = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(authorization) ?? [];
    // Hashes have the same length, whatever was sent.
    return timingSafeEqual(hashOf(token), expected);
  };
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
