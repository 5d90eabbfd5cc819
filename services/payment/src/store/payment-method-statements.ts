import { prepared } from "@till/postgres/statements";

const columns = "id, user_id, brand, last4, exp_month, exp_year, is_default, created_at, removed_at";

/** Serializes changes to one user's payment methods. The schema is part of the lock's name. */
export const lockUser = prepared(
  "lock_methods_of_user",
  `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' payment methods of ' || $1, 0))`,
);

/** A user's payment methods, newest first. */
export const selectMethods = prepared(
  "select_methods",
  `SELECT ${columns} FROM payment_method WHERE user_id = $1 AND removed_at IS NULL ORDER BY id DESC`,
);

/** One payment method, also one that was removed. */
export const selectMethod = prepared("select_method", `SELECT ${columns} FROM payment_method WHERE id = $1`);

export const selectEncryptedToken = prepared(
  "select_encrypted_token",
  `SELECT key_id AS "keyId", nonce, encrypted_token AS ciphertext FROM payment_method
    WHERE user_id = $1 AND id = $2 AND removed_at IS NULL`,
);

export const selectDefaultToken = prepared(
  "select_default_token",
  `SELECT id, key_id AS "keyId", nonce, encrypted_token AS ciphertext FROM payment_method
    WHERE user_id = $1 AND is_default AND removed_at IS NULL`,
);

/** The user's payment method with one of these fingerprints. */
export const selectSame = prepared(
  "select_same_method",
  `SELECT id FROM payment_method WHERE user_id = $1 AND fingerprint = ANY($2::bytea[]) AND removed_at IS NULL`,
);

export const insertMethod = prepared(
  "insert_method",
  `INSERT INTO payment_method (user_id, id, brand, last4, exp_month, exp_year, is_default, key_id, nonce, encrypted_token,
     fingerprint, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, false, $7, $8, $9, $10, $11)`,
);

/** Updates a card's display. */
export const updateCard = prepared(
  "update_method_card",
  `UPDATE payment_method SET brand = $3, last4 = $4, exp_month = $5, exp_year = $6 WHERE user_id = $1 AND id = $2`,
);

/** A unique index allows one default, so the old one is cleared first. */
export const clearDefault = prepared(
  "clear_default_method",
  `UPDATE payment_method SET is_default = false WHERE user_id = $1 AND is_default AND id <> $2`,
);
export const setDefault = prepared(
  "set_default_method",
  `UPDATE payment_method SET is_default = true WHERE user_id = $1 AND id = $2 AND removed_at IS NULL`,
);

/** Removes a card with its encrypted token and fingerprint. */
export const eraseMethod = prepared(
  "erase_method",
  `UPDATE payment_method
      SET removed_at = $3, is_default = false, key_id = NULL, nonce = NULL, encrypted_token = NULL, fingerprint = NULL
    WHERE user_id = $1 AND id = $2`,
);

export const selectRequest = prepared(
  "select_method_request",
  `SELECT request_hash, method_id FROM payment_method_request WHERE caller_id = $1 AND idempotency_key = $2`,
);

export const insertRequest = prepared(
  "insert_method_request",
  `INSERT INTO payment_method_request (caller_id, idempotency_key, request_hash, user_id, method_id, created_at)
   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING method_id`,
);
