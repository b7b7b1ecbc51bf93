/** Compares with vectors of AWS's own test suite for Signature Version 4, and the example of its General Reference. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { type AwsRequest, signAws } from "./sign-aws.ts";

const AT = instant(Date.UTC(2015, 7, 30, 12, 36, 0));
const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: undefined,
};

function sign(
  request: Partial<Omit<AwsRequest, "url">> & { readonly url: string },
  service = "service",
): string {
  const { url, ...rest } = request;
  const whole = { method: "GET", headers: {}, body: "", ...rest, url: new URL(url) };
  const scope = { region: "us-east-1", service };
  return signAws(whole, CREDENTIALS, scope, AT)["authorization"] ?? "";
}

test("the signatures are those that AWS publishes", () => {
  const start = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/";
  const usual = `${start}service/aws4_request, SignedHeaders=host;x-amz-date, Signature=`;
  const root = "https://example.amazonaws.com/";
  assert.equal(
    sign({ url: root }),
    `${usual}5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31`,
    "get-vanilla",
  );
  assert.equal(
    sign({ url: root, method: "POST" }),
    `${usual}5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b`,
    "post-vanilla",
  );
  assert.equal(
    sign({ url: `${root}?Param2=value2&Param1=value1` }),
    `${usual}b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500`,
    "get-vanilla-query-order-key-case",
  );
  const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  assert.equal(
    sign(
      {
        url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        headers: form,
      },
      "iam",
    ),
    `${start}iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, ` +
      "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    "General Reference, ListUsers",
  );
});

test("a session token is sent and signed", () => {
  const headers = signAws(
    { method: "POST", url: new URL("https://example.amazonaws.com/"), headers: {}, body: "{}" },
    { ...CREDENTIALS, sessionToken: "token-1" },
    { region: "us-east-1", service: "wafv2" },
    AT,
  );
  assert.equal(headers["x-amz-security-token"], "token-1");
  assert.match(
    headers["authorization"] ?? "",
    /SignedHeaders=host;x-amz-date;x-amz-security-token,/,
  );
});
