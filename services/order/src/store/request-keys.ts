import { query } from "@till/postgres/statements";
import type { Key } from "@till/postgres/updates";
import { type AppError } from "@till/rpc/errors";
import type { RequestKey } from "@till/rpc/request-key";
import type { Pool } from "pg";
import type { OrderRow } from "./order-rows.ts";
import { selectByKeys } from "./statements.ts";
import { appError } from "../rules/errors.ts";

type KeyedRow = OrderRow & {
  readonly caller_id: string;
  readonly key: string;
  readonly request_hash: string;
};

/** A key by one name among the keys of all callers. Neither a caller's id nor a key has a space in it. */
export function namedKey({ callerId, key, hash }: RequestKey): Key {
  return { id: `${callerId} ${key}`, hash };
}

/** The caller and the key of a name. */
export function fromKeyId(id: string): Omit<RequestKey, "hash"> {
  const end = id.indexOf(" ");
  return { callerId: id.slice(0, end), key: id.slice(end + 1) };
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

/** IDEMPOTENCY_KEY_REUSED */
export function keyReused(): AppError {
  return appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
}
