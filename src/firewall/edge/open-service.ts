/** Validates an edge's settings against its definition, and opens its lists. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../domain/clock.ts";
import { didYouMean } from "../../domain/did-you-mean.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Family } from "../../domain/ip.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import type { Unusable } from "../nftables.ts";
import { type Definition, parseDefinition } from "./definition.ts";
import { readSecret, type SecretSource } from "./read-secret.ts";
import { parseAwsCredentials, ServiceClient } from "./service-client.ts";
import { ServiceList } from "./service-list.ts";
import { fillText, placeholdersIn } from "./template.ts";

export interface ServiceSettings {
  /** Name of a shipped definition, or the absolute path of a definition file. */
  readonly service: string;
  readonly secret: SecretSource;
  /** Values of the definition's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Replaces the definition's address. Plain http only to this host. */
  readonly base_url?: string | undefined;
  /** Path of the certificate authorities to trust, as PEM, instead of those of the system. */
  readonly ca_file?: string | undefined;
  /** Maximum time of a request; 20 s by default. */
  readonly timeout?: Duration | undefined;
  /** First and longest pause after a failure; 1 s and 5 min by default. */
  readonly pauses?: { readonly first: Duration; readonly longest: Duration } | undefined;
  readonly clock: Clock;
}

export interface OpenService {
  readonly definition: Definition;
  readonly client: ServiceClient;
  /** The list of each family; the same one, if the service has one for both. undefined: not configured. */
  readonly lists: Readonly<Record<Family, ServiceList | undefined>>;
}

const SHIPPED = fileURLToPath(new URL("../../../edges", import.meta.url));
const TIMEOUT = duration(20_000);
const PAUSES = { first: duration(1000), longest: duration(300_000) };
const MAX_VALUE_LENGTH = 200;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

export function openService(
  settings: ServiceSettings,
  marks: readonly string[],
): Result<OpenService, Unusable> {
  const loaded = loadDefinition(settings.service);
  if (!loaded.ok) return loaded;
  const definition = loaded.value;
  const parameters = readParameters(definition, settings.parameters);
  if (!parameters.ok) return parameters;
  const values = parameters.value;
  const baseUrl = readBaseUrl(settings.base_url ?? fillText(definition.base_url ?? "", values));
  if (!baseUrl.ok) return baseUrl;
  const ca = readAuthorities(settings.ca_file);
  if (!ca.ok) return ca;
  const secret = checkSecret(definition, settings.secret);
  if (secret !== undefined) return fail(secret);
  const pauses = settings.pauses ?? PAUSES;
  const { clock } = settings;
  const client = new ServiceClient({
    ...{ definition, baseUrl: baseUrl.value, secret: settings.secret, ca: ca.value },
    ...{ region: values["region"], clock },
    ...{ timeout: settings.timeout ?? TIMEOUT, pauses },
  });
  const lists = openLists(
    definition,
    values,
    (family) =>
      new ServiceList({
        ...{ definition, client, marks, clock, pauses },
        values: { ...values, ...family },
      }),
  );
  if (lists.ipv4 === undefined && lists.ipv6 === undefined) {
    client.close();
    return misconfigured("no list is configured", describeParameters(definition));
  }
  return ok({ definition, client, lists });
}

function misconfigured(reason: string, fix: string): Result<never, Unusable> {
  return fail({ reason, fix, isMisconfigured: true });
}

function loadDefinition(service: string): Result<Definition, Unusable> {
  const shipped = listShipped();
  const isShipped = shipped.includes(service);
  if (!isShipped && !isAbsolute(service)) {
    const near = didYouMean(service, shipped);
    const hint = near === undefined ? "" : `did you mean "${near}"? `;
    const fix = `${hint}set "service" to one of ${shipped.join(", ")}, or to the absolute path of a definition`;
    return misconfigured(`unknown service "${service}"`, fix);
  }
  const path = isShipped ? join(SHIPPED, `${service}.toml`) : service;
  try {
    const other = findOtherWriter(path);
    if (other !== undefined)
      return fail({ reason: `${other.who} can change ${other.path}`, fix: other.fix });
    const parsed = parseDefinition(path, readFileSync(path, "utf8"));
    return parsed.ok ? parsed : fail({ reason: parsed.error, fix: "correct the definition" });
  } catch (error) {
    const reason = `cannot read the definition of ${service}: ${reasonOf(error)}`;
    return fail({ reason, fix: 'write this file, or correct "service"' });
  }
}

/** Returns the names of the shipped definitions. */
function listShipped(): readonly string[] {
  const files = readdirSync(SHIPPED).filter((file) => file.endsWith(".toml"));
  return files.map((file) => basename(file, ".toml")).sort();
}

function readParameters(
  definition: Definition,
  given: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, string>>, Unusable> {
  const fix = describeParameters(definition);
  const values: Record<string, string> = {};
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(definition.parameters, name));
  if (unknown !== undefined) return misconfigured(`unknown parameter "${unknown}"`, fix);
  for (const [name, { optional, default: usual }] of Object.entries(definition.parameters)) {
    const value = given[name] ?? usual;
    if (value !== undefined) values[name] = value;
    else if (!optional) return misconfigured(`the parameter "${name}" is missing`, fix);
    if (value !== undefined && (value.length > MAX_VALUE_LENGTH || /\p{Cc}/u.test(value)))
      return misconfigured(`the parameter "${name}" is invalid`, fix);
  }
  return ok(values);
}

function describeParameters({ title, parameters }: Definition): string {
  const list = Object.entries(parameters).map(([name, { about }]) => `${name} (${about})`);
  return list.length === 0
    ? `remove "parameters": ${title} has none`
    : `${title} has these parameters: ${list.join(", ")}`;
}

function readBaseUrl(text: string): Result<URL, Unusable> {
  const fix = 'set "base_url", such as "https://router.example.org"';
  if (!URL.canParse(text)) return misconfigured("the address of the service is missing", fix);
  const url = new URL(text);
  const isPrivate = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (url.protocol !== "https:" && !isPrivate)
    return misconfigured("only https protects the token", fix);
  if (url.username !== "" || url.password !== "" || url.search !== "")
    return misconfigured("the address contains a user or a query", fix);
  return ok(url);
}

function readAuthorities(path: string | undefined): Result<string | undefined, Unusable> {
  if (path === undefined) return ok(undefined);
  const fix = 'correct "ca_file"';
  try {
    const other = findOtherWriter(path);
    if (other !== undefined)
      return fail({ reason: `${other.who} can change ${other.path}`, fix: other.fix });
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return ok(text);
    return fail({ reason: `${path} contains no certificate in PEM form`, fix });
  } catch (error) {
    return fail({ reason: `cannot read ${path}: ${reasonOf(error)}`, fix });
  }
}

function checkSecret({ credential }: Definition, source: SecretSource): Unusable | undefined {
  const secret = readSecret(source);
  const isMisconfigured = source.token_file === undefined && source.credential === undefined;
  const fix = 'set "token_file" or "credential" to a credential of the service';
  if (!secret.ok) return { reason: secret.error, fix, isMisconfigured };
  const needsPair = credential === "basic" || credential === "aws";
  if (needsPair && !secret.value.includes(":"))
    return {
      reason: `the credential has no ":"`,
      fix: 'write it as "USER:PASSWORD" or "ID:SECRET"',
    };
  const isComplete =
    credential !== "aws" || parseAwsCredentials(secret.value).secretAccessKey !== "";
  return isComplete ? undefined : { reason: "the credential has no secret key", fix };
}

function openLists(
  { families }: Definition,
  values: Readonly<Record<string, string>>,
  open: (family: Readonly<Record<string, string>>) => ServiceList,
): OpenService["lists"] {
  if (families === undefined) {
    const list = open({});
    return { ipv4: list, ipv6: list };
  }
  const listOf = (texts: Readonly<Record<string, string>>): ServiceList | undefined => {
    const isConfigured = [...placeholdersIn(texts)].every((name) => Object.hasOwn(values, name));
    if (!isConfigured) return undefined;
    const filled = Object.entries(texts).map(([name, text]) => [name, fillText(text, values)]);
    return open(Object.fromEntries(filled));
  };
  return { ipv4: listOf(families.ipv4), ipv6: listOf(families.ipv6) };
}
