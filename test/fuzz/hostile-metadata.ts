import type { OutgoingHttpHeaders } from "node:http2";
import type { Random } from "./random.ts";

/** Metadata that a well-meaning client does not send; what HTTP/2 itself forbids is not among it. */
export function hostileMetadata(random: Random): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const kinds = 1 + random.below(3);
  for (let kind = 0; kind < kinds; kind += 1) Object.assign(headers, random.pick(oddities)(random));
  return headers;
}

const latin1 = "caf\u00e9 \u00ff\u0080";
const oddTexts = [
  "",
  " ",
  "x".repeat(256),
  "y".repeat(4_000),
  latin1,
  "a,b,c",
  "'; --",
  "%00%0a",
  "4111111111111111",
];

const oddities: readonly ((random: Random) => OutgoingHttpHeaders)[] = [
  (random) => ({ "idempotency-key": random.pick(oddTexts) }),
  () => ({ "idempotency-key": ["one", "another"] }),
  (random) => ({ "x-request-id": random.pick(oddTexts) }),
  () => ({ "x-request-id": ["one", "another"] }),
  (random) => ({
    traceparent: random.pick([
      ...oddTexts,
      "00-00000000000000000000000000000000-0000000000000000-00",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
    ]),
  }),
  (random) => ({
    "grpc-timeout": random.pick(["0n", "1n", "1u", "5m", "99999999H", "-1S", "1", "S", "1e3m", ""]),
  }),
  (random) => ({ "grpc-encoding": random.pick(["gzip", "deflate", "identity", "br", latin1]) }),
  (random) => ({ "grpc-accept-encoding": random.pick(["gzip", "nothing", latin1]) }),
  (random) => ({
    "content-type": random.pick(["application/grpc+proto", "application/grpc;x=y", "application/grpc+json"]),
  }),
  (random) => ({ "user-agent": random.pick(oddTexts) }),
  (random) => ({ "trace-bin": random.pick(["!!!", "AAAA", "A", "AAAA,BBBB", latin1]) }),
  (random) => ({ "grpc-status-details-bin": random.pick(["AAAA", "////", "!"]) }),
  (random) => ({ "grpc-status": "0", "grpc-message": random.pick(oddTexts) }),
  () => Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-odd-${index}`, "z".repeat(60)])),
  () => ({ "__proto__-x": "1", constructor: "1", tostring: "1" }),
];

/** Metadata that tracing and retrying clients send. */
export function usualMetadata(random: Random, name: string): OutgoingHttpHeaders {
  return {
    ...(random.chance(0.3) && { "x-request-id": `request-${name}` }),
    ...(random.chance(0.3) && { traceparent: `00-${random.bytes(16).toString("hex")}-00f067aa0ba902b7-01` }),
    ...(random.chance(0.3) && { "idempotency-key": `metadata-${name}` }),
  };
}

/** An authorization that is none. */
export function garbageToken(random: Random, goodToken: string): string {
  const [head, body, signature] = goodToken.split(".") as [string, string, string];
  const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
  return random.pick([
    ...[
      "Bearer ",
      "Bearer x",
      `Bearer ${latin1}`,
      "Basic dXNlcjpwYXNz",
      "bearer",
      `Bearer ${"z".repeat(6_000)}`,
    ],
    ...[
      `Bearer ${head}.${body}`,
      `Bearer ${unsigned}.${body}.`,
      `Bearer ${head}.${body}.${signature.slice(4)}AAAA`,
    ],
    `Bearer ${head}.${Buffer.from('{"sub":"x","role":"admin","exp":9999999999}').toString("base64url")}.${signature}`,
    `Bearer ..`,
    `Bearer ${"e".repeat(2_000)}.${"f".repeat(2_000)}.g`,
  ]);
}
