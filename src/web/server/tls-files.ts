/** Reads certificate and key for TLS, and checks that they belong together. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { reasonOf } from "../../host/explain-system-error.ts";
import { startError } from "../start-error.ts";
import type { WebSettings } from "../web-settings.ts";

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Throws a `CodedError` that names the file and what is wrong with it. */
export function readTlsFiles(paths: NonNullable<WebSettings["tls"]>): TlsFiles {
  const [cert, key] = [readPem(paths.certificate), readPem(paths.key)];
  const certificate = parse(() => new X509Certificate(cert), {
    message: `${paths.certificate} is not a certificate in PEM form`,
    hint: "it begins with -----BEGIN CERTIFICATE-----, and the certificates of its issuers may follow",
  });
  const privateKey = parse<KeyObject>(() => createPrivateKey(key), {
    message: `${paths.key} is not a private key in PEM form without a passphrase`,
    hint: "remove a passphrase with: openssl pkey -in KEY -out NEW",
  });
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw startError(
    `the key ${paths.key} does not belong to the certificate ${paths.certificate}`,
    "if the certificate was renewed, set the key that was made with it",
  );
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const hint = "certificate and key must be readable by the user that runs bailiff web";
    throw startError(`cannot read ${path}: ${reasonOf(error)}`, hint, error);
  }
}

function parse<Parsed>(
  read: () => Parsed,
  { message, hint }: { readonly message: string; readonly hint: string },
): Parsed {
  try {
    return read();
  } catch (error) {
    throw startError(message, hint, error);
  }
}
