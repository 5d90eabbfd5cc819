import { decrypt, encrypt, type Encrypted } from "@till/encryption/encrypt";
import type { KeyRing } from "@till/encryption/key-ring";
import { prepared, query, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { appError, endpointNotFound } from "../rules/errors.ts";
import { maxValidSecrets } from "../rules/endpoint.ts";
import type { Made } from "./requests.ts";

/** Values of a new secret's row: id, key id, nonce and ciphertext. */
export type EncryptedSecret = readonly [id: string, keyId: string, nonce: Buffer, ciphertext: Buffer];

/** The stored secrets. */
export type Secrets = ReturnType<typeof openSecrets>;

type ShownSecret = { readonly secret: string; readonly formerExpiresAt: Date };

type SecretRow = Encrypted & { readonly id: string; readonly endpointId: string };

/** Opens the stored secrets. Without a key ring there are none, and none can be made. */
export function openSecrets(db: Pick<Db, "pool">, keyRing: KeyRing | undefined) {
  function encryptSecret(id: string, secret: string): EncryptedSecret {
    if (!keyRing) throw notConfigured();
    const { keyId, nonce, ciphertext } = encrypt(keyRing, secret, rowOf(id));
    return [id, keyId, nonce, ciphertext];
  }

  return {
    /** Throws ENCRYPTION_NOT_CONFIGURED. */
    encrypt: encryptSecret,

    /**
     * Stores a secret beside the former ones, the latest of which expires after a day. Throws WEBHOOK_ENDPOINT_NOT_FOUND
     * and WEBHOOK_SECRET_LIMIT_REACHED.
     */
    async rotate(tx: PoolClient, endpointId: string, secret: EncryptedSecret): Promise<Made> {
      // One rotation of an endpoint at a time.
      const locked = await query(tx, lockEndpoint, [endpointId]);
      if (locked.length === 0) throw endpointNotFound(endpointId);
      await query(tx, deleteExpired, [endpointId]);
      const valid = await query(tx, selectValid, [[endpointId]]);
      if (valid.length >= maxValidSecrets)
        throw appError(
          "WEBHOOK_SECRET_LIMIT_REACHED",
          `${maxValidSecrets} secrets are valid, wait for one to expire`,
        );
      await query(tx, expireLatest, [endpointId]);
      await query(tx, insertSecret, [endpointId, ...secret]);
      return { endpointId, madeId: secret[0] };
    },

    /** A secret to show, with the end of the one before it; undefined once it is not valid any more. */
    async find(id: string): Promise<ShownSecret | undefined> {
      const [row] = await query<SecretRow & Omit<ShownSecret, "secret">>(db.pool, selectSecret, [id]);
      return row && { secret: decryptSecret(row), formerExpiresAt: row.formerExpiresAt };
    },

    /** The valid secrets of these endpoints, by endpoint, the newest first. */
    async validOf(endpointIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
      const rows = await query<SecretRow>(db.pool, selectValid, [endpointIds]);
      const decrypted = Map.groupBy(rows, ({ endpointId }) => endpointId);
      return new Map([...decrypted].map(([id, some]) => [id, some.map(decryptSecret)]));
    },
  };

  function decryptSecret(row: SecretRow): string {
    if (!keyRing) throw notConfigured();
    return decrypt(keyRing, row, rowOf(row.id));
  }
}

function notConfigured() {
  return appError(
    "ENCRYPTION_NOT_CONFIGURED",
    "the service has no keys (TILL_ENCRYPTION_KEYS) to encrypt secrets",
  );
}

/** The name of a secret's row, for which alone the secret decrypts. */
export function rowOf(id: string): string {
  return `webhook secret ${id}`;
}

/** Takes an endpoint's id and an EncryptedSecret. */
export const insertSecret = prepared(
  "webhook_insert_secret",
  `INSERT INTO webhook_secret (endpoint_id, id, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4, $5)`,
);

const lockEndpoint = prepared(
  "webhook_lock_endpoint",
  `SELECT 1 FROM webhook_endpoint WHERE id = $1 FOR NO KEY UPDATE`,
);

const deleteExpired = prepared(
  "webhook_delete_expired_secrets",
  `DELETE FROM webhook_secret WHERE endpoint_id = $1 AND expires_at <= now()`,
);

const expireLatest = prepared(
  "webhook_expire_latest_secret",
  `UPDATE webhook_secret SET expires_at = now() + interval '24 hours'
    WHERE endpoint_id = $1 AND expires_at IS NULL`,
);

// A secret and the end of the former one are written at the same time.
const selectSecret = prepared(
  "webhook_select_secret",
  `SELECT id, endpoint_id AS "endpointId", key_id AS "keyId", nonce, ciphertext,
          created_at + interval '24 hours' AS "formerExpiresAt"
     FROM webhook_secret
    WHERE id = $1 AND (expires_at IS NULL OR expires_at > now())`,
);

const selectValid = prepared(
  "webhook_select_valid_secrets",
  `SELECT id, endpoint_id AS "endpointId", key_id AS "keyId", nonce, ciphertext
     FROM webhook_secret
    WHERE endpoint_id = ANY ($1::uuid[]) AND (expires_at IS NULL OR expires_at > now())
    ORDER BY endpoint_id, id DESC`,
);
