import { query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import type { KeyRing } from "@till/encryption/key-ring";
import { appError } from "../rules/errors.ts";
import { methodNotFound, type PaymentMethod } from "../rules/payment-method.ts";
import { auditChange } from "./audit-facts.ts";
import { decryptToken, type EncryptedToken } from "./encrypted-token.ts";
import { addCard, chooseDefault, read, removeCard, use, usedFor } from "./payment-method-changes.ts";
import { paymentMethodFromRow, type PaymentMethodRow } from "./payment-method-rows.ts";
import * as statements from "./payment-method-statements.ts";
import type { ChangedMethod, MethodChange, PaymentMethods } from "./payment-methods.ts";

/** Opens the store of payment methods. Changes to one user's cards are serialized across replicas. */
export function openPaymentMethods(db: Pick<Db, "pool">, keyRing: KeyRing | undefined): PaymentMethods {
  const keys = () => {
    if (keyRing) return keyRing;
    throw appError("ENCRYPTION_NOT_CONFIGURED", "payment methods cannot be stored here");
  };

  /** `work` returns the id of the changed card; `action` is the audit entry's. */
  async function change(
    action: string,
    { userId, request, ...context }: MethodChange,
    work: (tx: PoolClient, encryptionKeys: KeyRing) => Promise<string>,
  ): Promise<ChangedMethod> {
    const encryptionKeys = keys();
    return transact(db, async (tx) => {
      await query(tx, statements.lockUser, [userId]);
      const earlier = request && (await usedFor(tx, request));
      if (earlier !== undefined) return { method: await read(tx, earlier), isReplay: true };
      const id = await work(tx, encryptionKeys);
      if (request) await use(tx, request, [userId, id, context.now]);
      const method = await read(tx, id);
      await auditChange(tx, context, { action, subject: id, userId, result: standingOf(method) });
      return { method, isReplay: false };
    });
  }

  async function find(methodId: string): Promise<PaymentMethod | undefined> {
    keys();
    const [row] = await query<PaymentMethodRow>(db.pool, statements.selectMethod, [methodId]);
    return row && paymentMethodFromRow(row);
  }

  return {
    async tokenFor(userId, methodId) {
      const encryptionKeys = keys();
      const [row] = await query<EncryptedToken>(db.pool, statements.selectEncryptedToken, [userId, methodId]);
      if (row) return decryptToken(encryptionKeys, row, { userId, id: methodId });
      const found = await find(methodId);
      throw methodNotFound(methodId, found !== undefined && found.userId !== userId);
    },
    async defaultFor(userId) {
      if (!keyRing) return undefined;
      type Row = EncryptedToken & { readonly id: string };
      const [row] = await query<Row>(db.pool, statements.selectDefaultToken, [userId]);
      return row && { paymentMethodId: row.id, token: decryptToken(keyRing, row, { userId, id: row.id }) };
    },
    async list(userId) {
      keys();
      return (await query<PaymentMethodRow>(db.pool, statements.selectMethods, [userId])).map(
        paymentMethodFromRow,
      );
    },
    find,
    async findByKey(request) {
      keys();
      const id = await usedFor(db.pool, request);
      return id === undefined ? undefined : read(db.pool, id);
    },
    add: (card, how) =>
      change("PAYMENT_METHOD_ADDED", how, (tx, encryptionKeys) => addCard(tx, encryptionKeys, card, how)),
    makeDefault: (methodId, how) =>
      change("PAYMENT_METHOD_MADE_DEFAULT", how, (tx) => chooseDefault(tx, methodId, how)),
    remove: (methodId, how) => change("PAYMENT_METHOD_REMOVED", how, (tx) => removeCard(tx, methodId, how)),
  };
}

function standingOf({ isRemoved, isDefault }: PaymentMethod): string {
  if (isRemoved) return "REMOVED";
  return isDefault ? "DEFAULT" : "STORED";
}
