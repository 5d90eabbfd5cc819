import { query } from "@till/postgres/statements";
import type { Key } from "@till/postgres/updates";
import { type AppError } from "@till/rpc/errors";
import type { RequestKey } from "@till/rpc/request-key";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import type { Order } from "../rules/order.ts";
import type { OrderRow } from "./order-rows.ts";
import { selectByKeys, selectKeys } from "./statements.ts";
import { appError } from "../rules/errors.ts";

type KeyRow = { readonly caller_id: string; readonly key: string; readonly request_hash: string };
type KeyedRow = OrderRow & KeyRow;

/** A key by one name among the keys of all callers. Neither a caller's id nor a key has a space in it. */
export function namedKey({ callerId, key, hash }: RequestKey): Key {
  return { id: `${callerId} ${key}`, hash };
}

/** The row of a key that a change was made under. */
export function keyRow({ key: { id, hash }, state }: { readonly key: Key; readonly state: Order }) {
  const { callerId, key } = fromKeyId(id);
  const { id: order_id, userId: user_id, updatedAt: created_at } = state;
  return { caller_id: callerId, key, request_hash: hash, user_id, order_id, created_at };
}

/** The caller and the key of a name. */
function fromKeyId(id: string): Omit<RequestKey, "hash"> {
  const end = id.indexOf(" ");
  return { callerId: id.slice(0, end), key: id.slice(end + 1) };
}

/** The hashes of the requests made under these keys before, by the names of the keys. */
export async function usedKeys(tx: PoolClient, keys: readonly Key[]): Promise<Map<string, string>> {
  const named = keys.map(({ id }) => fromKeyId(id));
  const rows = await query<KeyRow>(tx, selectKeys, columnsOf(named));
  return new Map(rows.map((row) => [`${row.caller_id} ${row.key}`, row.request_hash]));
}

/** The orders that were created or changed under these keys, each row with its key's columns. */
export async function ordersByKeys(
  pool: Pool,
  keys: readonly RequestKey[],
): Promise<(KeyedRow | undefined)[]> {
  const rows = await query<KeyedRow>(pool, selectByKeys, columnsOf(keys));
  const found = new Map(rows.map((row) => [`${row.caller_id} ${row.key}`, row]));
  return keys.map(({ callerId, key }) => found.get(`${callerId} ${key}`));
}

function columnsOf(keys: readonly Omit<RequestKey, "hash">[]): [string[], string[]] {
  return [keys.map(({ callerId }) => callerId), keys.map(({ key }) => key)];
}

/** Whether a write failed because a concurrent request has used the key. */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof DatabaseError && error.constraint === "idempotency_key_pkey";
}

/** IDEMPOTENCY_KEY_REUSED */
export function keyReused(): AppError {
  return appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
}
