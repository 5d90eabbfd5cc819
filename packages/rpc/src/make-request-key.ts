import { hash } from "node:crypto";
import { toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Call } from "./call.ts";
import { idempotencyKeyOf, requireIdempotencyKey } from "./idempotency-key.ts";
import type { RequestKey } from "./request-key.ts";

/** A request to be hashed: all its fields but the idempotency key, behind a prefix. */
export type HashedRequest<Schema extends DescMessage> = {
  /** Sets the requests of one RPC apart from those of another with the same fields. Stored hashes depend on it. */
  readonly prefix: string;
  readonly schema: Schema;
  /** With ids in lower case, so that a repeat may spell them otherwise. */
  readonly request: MessageShape<Schema>;
};

/** Returns the key of a request whose content is compared as text. */
export function requestKey(key: string, { caller }: Pick<Call, "caller">, content: string): RequestKey {
  return { callerId: caller.id, key, hash: hash("sha256", content, "base64url") };
}

/** Returns the key of a request; `field` is its idempotency key, else the metadata has it. Throws IDEMPOTENCY_KEY_…. */
export function requireRequestKey<Schema extends DescMessage>(
  field: string,
  call: Pick<Call, "caller" | "idempotencyKey">,
  hashed: HashedRequest<Schema>,
): RequestKey {
  return { callerId: call.caller.id, key: requireIdempotencyKey(field, call), hash: hashOf(hashed) };
}

/** The same for a request that may come without a key: returns undefined then. */
export function requestKeyOf<Schema extends DescMessage>(
  field: string,
  call: Pick<Call, "caller" | "idempotencyKey">,
  hashed: HashedRequest<Schema>,
): RequestKey | undefined {
  const key = idempotencyKeyOf(field, call);
  return key === undefined ? undefined : { callerId: call.caller.id, key, hash: hashOf(hashed) };
}

function hashOf<Schema extends DescMessage>({ prefix, schema, request }: HashedRequest<Schema>): string {
  const bytes = toBinary(schema, { ...request, idempotencyKey: "" });
  return hash("sha256", Buffer.concat([Buffer.from(prefix), bytes]), "base64url");
}
