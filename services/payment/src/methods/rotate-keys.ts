import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { Pool, PoolClient } from "pg";
import type { KeyRing } from "../provider/key-ring.ts";
import { fingerprints, decryptToken, encryptToken, type EncryptedToken } from "./encrypted-token.ts";

/** Result of a key rotation: how many tokens it encrypted anew, and the ids of the payment methods that failed. */
export type Rotation = { readonly rotated: number; readonly failed: readonly string[] };

/**
 * Encrypts every stored token with the key ring's first key. Each batch is a transaction: an interrupted rotation is
 * continued by the next one, and concurrent ones share the work.
 */
export async function rotateKeys(
  db: Pick<Db, "pool">,
  keyRing: KeyRing,
  { batchSize = 200, onBatch }: { batchSize?: number; onBatch?: (sofar: Rotation) => void } = {},
): Promise<Rotation> {
  let place: Place = {
    user_id: "",
    id: "00000000-0000-0000-0000-000000000000",
  };
  let sofar: Rotation = { rotated: 0, failed: [] };
  for (;;) {
    const batch = await transact(db, (tx) => rotateBatch(tx, keyRing, place, batchSize));
    if (!batch.last) return sofar;
    place = batch.last;
    sofar = { rotated: sofar.rotated + batch.rotated, failed: [...sofar.failed, ...batch.failed] };
    onBatch?.(sofar);
  }
}

/** Returns how many stored tokens each key has encrypted. */
export function countByKey(pool: Pool): Promise<{ readonly keyId: string; readonly methods: number }[]> {
  return query(pool, selectCounts);
}

type Place = { readonly user_id: string; readonly id: string };
type Row = Place & EncryptedToken;

async function rotateBatch(tx: PoolClient, keyRing: KeyRing, after: Place, limit: number) {
  const rows = await query<Row>(tx, selectBatch, [keyRing[0].id, after.user_id, after.id, limit]);
  const failed: string[] = [];
  for (const row of rows) if (!(await rotate(tx, keyRing, row))) failed.push(row.id);
  return { last: rows.at(-1), rotated: rows.length - failed.length, failed };
}

/** False if a token cannot be decrypted, or if the user has stored the card again under the first key. */
async function rotate(
  tx: PoolClient,
  keyRing: KeyRing,
  { user_id: userId, id, ...old }: Row,
): Promise<boolean> {
  const token = attempt(() => decryptToken(keyRing, old, { userId, id }));
  if (token === undefined) return false;
  const { keyId, nonce, ciphertext } = encryptToken(keyRing, token, { userId, id });
  const written = await query(tx, saveEncryptedToken, [
    userId,
    id,
    keyId,
    nonce,
    ciphertext,
    fingerprints(keyRing, token)[0],
  ]);
  return written.length > 0;
}

function attempt(work: () => string): string | undefined {
  try {
    return work();
  } catch {
    // The key is missing or the row was changed: it is counted, and the rotation continues.
    return undefined;
  }
}

const selectBatch = prepared(
  "select_methods_to_rotate",
  `SELECT user_id, id, key_id AS "keyId", nonce, encrypted_token AS ciphertext FROM payment_method
    WHERE key_id <> $1 AND removed_at IS NULL AND (user_id, id) > ($2::text, $3::uuid)
    ORDER BY user_id, id LIMIT $4 FOR UPDATE`,
);

const saveEncryptedToken = prepared(
  "save_encrypted_token",
  `UPDATE payment_method m SET key_id = $3, nonce = $4, encrypted_token = $5, fingerprint = $6
    WHERE user_id = $1 AND id = $2 AND NOT EXISTS (
      SELECT FROM payment_method other
       WHERE other.user_id = m.user_id AND other.fingerprint = $6 AND other.id <> m.id AND other.removed_at IS NULL)
   RETURNING id`,
);

const selectCounts = prepared(
  "count_methods_by_key",
  `SELECT key_id AS "keyId", count(*)::integer AS methods FROM payment_method
    WHERE removed_at IS NULL GROUP BY key_id ORDER BY key_id`,
);
