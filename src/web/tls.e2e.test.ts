/** The dashboard with TLS from files: a real handshake, what it changes in answers, and files that cannot be used. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, type ConnectionOptions } from "node:tls";
import { CodedError } from "../domain/errors.ts";
import { WebLab } from "./web-lab.fixture.ts";

let lab: WebLab;
before(async () => {
  lab = await WebLab.open();
  for (const name of ["one", "two"]) makeCertificate(name);
});
after(() => lab[Symbol.asyncDispose]());

const pathOf = (name: string): string => join(lab.folder, name);

function makeCertificate(name: string): void {
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", pathOf(`${name}.key`), "-out", pathOf(`${name}.pem`)];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const make = ["req", "-x509", ...curve, "-nodes", "-days", "1", ...subject, ...files];
  execFileSync("openssl", make, { stdio: "ignore" });
}

function settingsOf(certificate: string, key: string): string {
  return `listen = "127.0.0.1:0"\ncertificate = "${pathOf(certificate)}"\nkey = "${pathOf(key)}"\n`;
}

/** Resolves to the version of TLS; rejects if the handshake fails. */
async function handshake(port: number, options: ConnectionOptions): Promise<string | null> {
  const socket = connect({ port, host: "127.0.0.1", ...options });
  await once(socket, "secureConnect");
  const version = socket.getProtocol();
  socket.destroy();
  return version;
}

test("browsers that trust the certificate connect, from TLS 1.2 on", async () => {
  await using web = await lab.openWeb(settingsOf("one.pem", "one.key"), pathOf("run2"));
  const { port, origin, protocol } = new URL(web.url);
  assert.equal(protocol, "https:");
  const [ca, other] = [readFileSync(pathOf("one.pem")), readFileSync(pathOf("two.pem"))];
  assert.equal(await handshake(Number(port), { ca }), "TLSv1.3");
  assert.equal(await handshake(Number(port), { ca, maxVersion: "TLSv1.2" }), "TLSv1.2");
  await assert.rejects(handshake(Number(port), { ca: other }), /self-signed/);
  const old = {
    ca,
    minVersion: "TLSv1.1",
    maxVersion: "TLSv1.1",
    ciphers: "ALL:@SECLEVEL=0",
  } as const;
  await assert.rejects(handshake(Number(port), old));

  const body = JSON.stringify({ link: lab.linkOf(pathOf("run2")) });
  const headers = { origin, "content-length": body.length };
  const to = { port, hostname: "127.0.0.1", ca, agent: false };
  const sent = request({ ...to, method: "POST", path: "/api/login", headers });
  sent.end(body);
  const [login] = await once(sent, "response");
  login.resume();
  assert.equal(login.statusCode, 200);
  assert.match(login.headers["strict-transport-security"], /^max-age=31536000$/);
  assert.match(
    String(login.headers["set-cookie"]),
    /^__Host-bailiff-web=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
});

test("plain HTTP and unfinished handshakes do not disturb others", async () => {
  await using web = await lab.openWeb(settingsOf("one.pem", "one.key"), pathOf("run3"));
  const port = Number(new URL(web.url).port);
  const silent = Array.from({ length: 300 }, () => connectPlain(port, "127.0.0.1"));
  for (const socket of silent) socket.on("error", () => undefined);
  const plain = connectPlain(port, "127.0.0.1").on("error", () => undefined);
  plain.resume();
  plain.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await once(plain, "close");
  assert.equal(await handshake(port, { ca: readFileSync(pathOf("one.pem")) }), "TLSv1.3");
  for (const socket of silent) socket.destroy();
});

test("files that cannot be used are named, with what is wrong", async () => {
  writeFileSync(pathOf("junk"), "-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n");
  writeFileSync(pathOf("empty"), "");
  const encrypt = ["pkey", "-aes256", "-passout", "pass:secret", "-in", pathOf("one.key")];
  execFileSync("openssl", [...encrypt, "-out", pathOf("locked.key")], { stdio: "ignore" });
  for (const [certificate, key, expected] of [
    ["one.pem", "two.key", /two\.key does not belong to the certificate \S+one\.pem$/],
    ["junk", "one.key", /junk is not a certificate in PEM form$/],
    ["empty", "one.key", /empty is not a certificate/],
    ["one.pem", "empty", /empty is not a private key/],
    ["one.pem", "locked.key", /locked\.key is not a private key in PEM form without a passphrase$/],
    ["missing", "one.key", /cannot read \S+missing: /],
  ] as const)
    await assert.rejects(lab.openWeb(settingsOf(certificate, key), pathOf("run4")), (error) => {
      assert.ok(error instanceof CodedError, String(error));
      assert.equal(error.code, "web-misconfigured");
      assert.match(error.message, expected);
      return error.hint !== undefined;
    });
});
