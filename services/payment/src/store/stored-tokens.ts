import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { KeyRing } from "@till/encryption/key-ring";
import type { EncryptedRows } from "@till/encryption/rotate-keys";
import { decryptToken, encryptToken, fingerprints, type EncryptedToken } from "./encrypted-token.ts";

/** A payment method in the order of the rotation. */
type TokenPlace = { readonly user_id: string; readonly id: string };

const start: TokenPlace = { user_id: "", id: "00000000-0000-0000-0000-000000000000" };

/**
 * Opens the encrypted tokens of all users, for key rotation. A token fails if it cannot be decrypted, or if the user has
 * stored the card again under the first key. Concurrent rotations share the work.
 */
export function openStoredTokens(db: Pick<Db, "pool">, keyRing: KeyRing): EncryptedRows<TokenPlace> {
  return {
    kind: "payment method",
    rotateBatch: (after = start, limit) =>
      transact(db, async (tx) => {
        const rows = await query<TokenRow>(tx, selectBatch, [keyRing[0].id, after.user_id, after.id, limit]);
        const failed: string[] = [];
        for (const row of rows) if (!(await rotate(tx, keyRing, row))) failed.push(row.id);
        return { last: rows.at(-1), rotated: rows.length - failed.length, failed };
      }),
    countByKey: () => query(db.pool, selectCounts),
  };
}

type TokenRow = TokenPlace & EncryptedToken;

async function rotate(
  tx: PoolClient,
  keyRing: KeyRing,
  { user_id: userId, id, ...old }: TokenRow,
): Promise<boolean> {
  const token = attempt(() => decryptToken(keyRing, old, { userId, id }));
  if (token === undefined) return false;
  const { keyId, nonce, ciphertext } = encryptToken(keyRing, token, { userId, id });
  const [fingerprint] = fingerprints(keyRing, token);
  const params = [userId, id, keyId, nonce, ciphertext, fingerprint];
  return (await query(tx, saveEncryptedToken, params)).length > 0;
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
  `SELECT key_id AS "keyId", count(*)::integer AS rows FROM payment_method
    WHERE removed_at IS NULL GROUP BY key_id ORDER BY key_id`,
);
