import { decrypt, encrypt, type Encrypted } from "@till/encryption/encrypt";
import type { KeyRing } from "@till/encryption/key-ring";
import type { EncryptedRows } from "@till/encryption/rotate-keys";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { rowOf } from "./secrets.ts";

type SecretRow = Encrypted & { readonly id: string };

const start = "00000000-0000-0000-0000-000000000000";

/** Opens the encrypted secrets of all endpoints, for key rotation. Concurrent rotations share the work. */
export function openStoredSecrets(db: Pick<Db, "pool">, keyRing: KeyRing): EncryptedRows<string> {
  return {
    kind: "webhook secret",
    rotateBatch: (after = start, limit) =>
      transact(db, async (tx) => {
        const rows = await query<SecretRow>(tx, selectBatch, [keyRing[0].id, after, limit]);
        const failed: string[] = [];
        for (const row of rows) if (!(await rotate(tx, keyRing, row))) failed.push(row.id);
        return { last: rows.at(-1)?.id, rotated: rows.length - failed.length, failed };
      }),
    countByKey: () => query(db.pool, selectCounts),
  };
}

async function rotate(tx: PoolClient, keyRing: KeyRing, { id, ...old }: SecretRow): Promise<boolean> {
  const secret = attempt(() => decrypt(keyRing, old, rowOf(id)));
  if (secret === undefined) return false;
  const { keyId, nonce, ciphertext } = encrypt(keyRing, secret, rowOf(id));
  await query(tx, saveSecret, [id, keyId, nonce, ciphertext]);
  return true;
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
  "webhook_select_secrets_to_rotate",
  `SELECT id, key_id AS "keyId", nonce, ciphertext FROM webhook_secret
    WHERE key_id <> $1 AND id > $2::uuid ORDER BY id LIMIT $3 FOR UPDATE`,
);

const saveSecret = prepared(
  "webhook_save_encrypted_secret",
  `UPDATE webhook_secret SET key_id = $2, nonce = $3, ciphertext = $4 WHERE id = $1`,
);

const selectCounts = prepared(
  "webhook_count_secrets_by_key",
  `SELECT key_id AS "keyId", count(*)::integer AS rows FROM webhook_secret GROUP BY key_id ORDER BY key_id`,
);
