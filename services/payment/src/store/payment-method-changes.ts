import type { RequestKey } from "@till/rpc/request-key";
import { query } from "@till/postgres/statements";
import type { Pool, PoolClient } from "pg";
import type { KeyRing } from "@till/encryption/key-ring";
import { appError, keyReused } from "../rules/errors.ts";
import { methodNotFound, mostMethods, type PaymentMethod } from "../rules/payment-method.ts";
import { encryptToken, fingerprints } from "./encrypted-token.ts";
import { paymentMethodFromRow, type PaymentMethodRow } from "./payment-method-rows.ts";
import * as statements from "./payment-method-statements.ts";
import type { MethodChange, NewCard } from "./payment-methods.ts";

/** Inserts a card, or updates the display of the same one, and returns its id. */
export async function addCard(
  tx: PoolClient,
  keyRing: KeyRing,
  { id, token, details, makeDefault: isWanted }: NewCard,
  { userId, now }: MethodChange,
): Promise<string> {
  const shown = [details.brand, details.last4, details.expMonth, details.expYear];
  const marks = fingerprints(keyRing, token);
  const [same] = await query<{ id: string }>(tx, statements.selectSame, [userId, marks]);
  const live = await query<PaymentMethodRow>(tx, statements.selectMethods, [userId]);
  if (same) await query(tx, statements.updateCard, [userId, same.id, ...shown]);
  else {
    if (live.length >= mostMethods)
      throw appError("PAYMENT_METHOD_LIMIT_REACHED", `a user has at most ${mostMethods} payment methods`);
    const { keyId, nonce, ciphertext } = encryptToken(keyRing, token, { userId, id });
    const secrets = [keyId, nonce, ciphertext, marks[0]];
    await query(tx, statements.insertMethod, [userId, id, ...shown, ...secrets, now]);
  }
  const added = same?.id ?? id;
  return isWanted || live.length === 0 ? makeDefault(tx, userId, added) : added;
}

/** Makes one of the user's cards the only default, and returns its id. Throws PAYMENT_METHOD_NOT_FOUND. */
export async function chooseDefault(
  tx: PoolClient,
  methodId: string,
  { userId }: MethodChange,
): Promise<string> {
  const live = await query<PaymentMethodRow>(tx, statements.selectMethods, [userId]);
  if (!live.some(({ id }) => id === methodId)) throw methodNotFound(methodId);
  return makeDefault(tx, userId, methodId);
}

/** Erases a card and returns its id; if it was the default, the newest other one becomes it. */
export async function removeCard(
  tx: PoolClient,
  methodId: string,
  { userId, now }: MethodChange,
): Promise<string> {
  const live = await query<PaymentMethodRow>(tx, statements.selectMethods, [userId]);
  const removed = live.find(({ id }) => id === methodId);
  if (!removed) return methodId;
  await query(tx, statements.eraseMethod, [userId, methodId, now]);
  const next = live.find(({ id }) => id !== methodId);
  if (removed.is_default && next) await makeDefault(tx, userId, next.id);
  return methodId;
}

/** Returns a card, also one that was removed. */
export async function read(on: Pool | PoolClient, methodId: string): Promise<PaymentMethod> {
  const [row] = await query<PaymentMethodRow>(on, statements.selectMethod, [methodId]);
  if (!row) throw methodNotFound(methodId);
  return paymentMethodFromRow(row);
}

/** Returns the id of the card of an earlier request under this key. Throws IDEMPOTENCY_KEY_REUSED. */
export async function usedFor(
  on: Pool | PoolClient,
  { callerId, key, hash }: RequestKey,
): Promise<string | undefined> {
  type Row = { readonly request_hash: string; readonly method_id: string };
  const [row] = await query<Row>(on, statements.selectRequest, [callerId, key]);
  if (row && row.request_hash !== hash) throw keyReused();
  return row?.method_id;
}

/** Stores a request's key. Throws IDEMPOTENCY_KEY_REUSED if another user's request has taken it meanwhile. */
export async function use(
  tx: PoolClient,
  { callerId, key, hash }: RequestKey,
  what: readonly unknown[],
): Promise<void> {
  const written = await query(tx, statements.insertRequest, [callerId, key, hash, ...what]);
  if (written.length === 0) throw keyReused();
}

async function makeDefault(tx: PoolClient, userId: string, methodId: string): Promise<string> {
  await query(tx, statements.clearDefault, [userId, methodId]);
  await query(tx, statements.setDefault, [userId, methodId]);
  return methodId;
}
