import type { DescMethod } from "@bufbuild/protobuf";
import type { OutgoingHttpHeaders } from "node:http2";
import { garbageToken, hostileMetadata, usualMetadata } from "./hostile-metadata.ts";
import type { KnownIds } from "./known-ids.ts";
import { randomFrom, type Random } from "./random.ts";
import { validValues } from "./valid-values.ts";
import { writeMessage } from "./write-message.ts";

/** Who calls: without a token, the owner of what is named, another user, an operator, a service, or with no real token. */
export const roles = ["none", "user", "foreign user", "admin", "service", "garbage token"] as const;
type Role = (typeof roles)[number];

/** What is wrong with a request. */
export const moods = ["valid", "nearly valid", "hostile", "bytes"] as const;
type Mood = (typeof moods)[number];

/** One call, as a seed and an index determine it; but for the ids, which the running system assigned. */
export type FuzzCall = {
  readonly seed: number;
  readonly index: number;
  readonly method: DescMethod;
  readonly role: Role;
  readonly mood: Mood;
  readonly headers: OutgoingHttpHeaders;
  /** The message; undefined: none is sent. */
  readonly message: Buffer;
  /** The bytes of the request's body: the message in its gRPC frame, if the frame is not hostile, too. */
  readonly body: Buffer;
};

/** What calls are made of. */
export type Material = {
  readonly methods: readonly DescMethod[];
  readonly users: readonly string[];
  readonly ids: KnownIds;
  /** A token of a user in a role. */
  readonly token: (user: string, role: "user" | "admin" | "service") => string;
};

/** Commands that make what the others need are called more often. */
const weights: Readonly<Record<string, number>> = {
  ...{ CreateOrder: 8, ProcessPayment: 8, AuthorizePayment: 4, BookSession: 4 },
  ...{ RequestRefund: 2, ApproveRefund: 2, CapturePayment: 2, RefundPayment: 2 },
};
const roleWeights: Readonly<Record<Role, number>> = {
  ...{ none: 1, user: 6, "foreign user": 1, admin: 3, service: 3, "garbage token": 1 },
};

/** The call that a seed has at an index. */
export function fuzzCall(seed: number, index: number, material: Material): FuzzCall {
  const { methods, users, ids } = material;
  const name = `fuzz-${seed}-${index}`;
  const random = randomFrom(name);
  const method = random.pick(methods.flatMap((one) => times(weights[one.name] ?? 1, one)));
  const role = random.pick(roles.flatMap((one) => times(roleWeights[one], one)));
  const mood = random.pick([
    ...times(8, "valid"),
    ...times(6, "nearly valid"),
    ...times(5, "hostile"),
    "bytes",
  ]);
  const owner = random.pick(users);
  const otherUser = random.pick(users.filter((user) => user !== owner));
  const message = messageFor(method, mood as Mood, random, { random, ids, owner, otherUser, name });
  const metadata = random.chance(0.2) ? hostileMetadata(random) : usualMetadata(random, name);
  const authorization = authorizationFor(role, { owner, otherUser }, material, random);
  const headers = {
    ...{ ":method": "POST", ":path": `/${method.parent.typeName}/${method.name}` },
    ...{ te: "trailers", "content-type": "application/grpc", "user-agent": "fuzz" },
    ...(authorization !== undefined && { authorization }),
    ...metadata,
  };
  return {
    ...{ seed, index, method, role, mood: mood as Mood, headers, message },
    body: bodyOf(message, random),
  };
}

function messageFor(
  { input }: DescMethod,
  mood: Mood,
  random: Random,
  context: Parameters<typeof validValues>[0],
): Buffer {
  if (mood === "bytes" && random.chance(0.5))
    return random.bytes(random.below(random.pick([20, 300, 20_000])));
  const fields = Math.max(input.fields.length, 1);
  const spoiled = { valid: 0, "nearly valid": Math.min(0.8 / fields, 0.5), hostile: 0.5, bytes: 0.05 }[mood];
  // Rarely up to the message limit, and beyond it.
  const largestBytes = random.pick([
    ...times(40, 20_000),
    ...times(8, 200_000),
    1_040_000,
    1_060_000,
    3_000_000,
  ]);
  const bytes = writeMessage(input, { random, values: validValues(context), spoiled, largestBytes });
  return mood === "bytes" ? damaged(bytes, random) : bytes;
}

/** Cut off, doubled, or with other bits here and there. */
function damaged(bytes: Buffer, random: Random): Buffer {
  const kind = random.below(3);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length + 1));
  if (kind === 1) return Buffer.concat([bytes, bytes]);
  const flipped = Buffer.from(bytes);
  for (let flips = random.below(8); flips >= 0 && flipped.length > 0; flips -= 1) {
    const at = random.below(flipped.length);
    flipped[at] = flipped[at]! ^ (1 << random.below(8));
  }
  return flipped;
}

function authorizationFor(
  role: Role,
  { owner, otherUser }: { readonly owner: string; readonly otherUser: string },
  { token }: Material,
  random: Random,
): string | undefined {
  switch (role) {
    case "none":
      return undefined;
    case "user":
      return `Bearer ${token(owner, "user")}`;
    case "foreign user":
      return `Bearer ${token(otherUser, "user")}`;
    case "admin":
    case "service":
      return `Bearer ${token(owner, role)}`;
    case "garbage token":
      return garbageToken(random, token(owner, "admin"));
  }
}

/** The message in a gRPC frame; rarely in none, in two, or in one that is cut off. */
function bodyOf(message: Buffer, random: Random): Buffer {
  const one = frame(message);
  if (!random.chance(0.02)) return one;
  return random.pick([Buffer.alloc(0), Buffer.concat([one, one]), one.subarray(0, random.below(one.length))]);
}

/** A message as gRPC sends it: a flag, the length, the bytes. */
export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function times<Value>(count: number, value: Value): Value[] {
  return Array<Value>(count).fill(value);
}
