import type { RequestKey } from "@till/rpc/request-key";
import { query, transact, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { auditChange } from "../audit/audit-fact.ts";
import { appError } from "../rules/errors.ts";
import type { KeyRing } from "../provider/key-ring.ts";
import {
  addCard,
  makeDefault,
  notFound,
  read,
  use,
  usedFor,
  type Change,
  type NewCard,
} from "./method-changes.ts";
import * as statements from "./method-statements.ts";
import { methodFromRow, type MethodRow, type PaymentMethod } from "./payment-method.ts";
import { decryptToken, type EncryptedToken } from "./encrypted-token.ts";

/** The stored payment methods. Without encryption keys each function throws ENCRYPTION_NOT_CONFIGURED. */
export type Methods = {
  /** Returns the provider token of a user's card, decrypted. A secret. Throws PAYMENT_METHOD_NOT_FOUND. */
  tokenFor(userId: string, methodId: string): Promise<string>;
  /** A user's default payment method with its decrypted token, or undefined, also where no card can be stored. */
  defaultFor(
    userId: string,
  ): Promise<{ readonly paymentMethodId: string; readonly token: string } | undefined>;
  /** A user's cards, newest first. */
  list(userId: string): Promise<PaymentMethod[]>;
  /** Returns a card, also one that was removed. */
  find(methodId: string): Promise<PaymentMethod | undefined>;
  /** Returns the card of an earlier request under this key. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(request: RequestKey): Promise<PaymentMethod | undefined>;
  /** Stores a card, or returns the same one. Throws PAYMENT_METHOD_LIMIT_REACHED. */
  add(card: NewCard, change: Change): Promise<Changed>;
  makeDefault(methodId: string, change: Change): Promise<Changed>;
  /** Removes a card and its encrypted token; if it was the default, the newest other one becomes it. */
  remove(methodId: string, change: Change): Promise<Changed>;
};

export type Changed = { readonly method: PaymentMethod; readonly isReplay: boolean };

/** Opens the store of payment methods. Changes to one user's cards are serialized across replicas. */
export function openMethods(db: Pick<Db, "pool">, keyRing: KeyRing | undefined): Methods {
  const keys = () => {
    if (keyRing) return keyRing;
    throw appError("ENCRYPTION_NOT_CONFIGURED", "payment methods cannot be stored here");
  };

  /** `work` returns the id of the changed card; `action` is the audit entry's. */
  async function change(
    action: string,
    { userId, request, ...context }: Change,
    work: (tx: PoolClient, encryptionKeys: KeyRing) => Promise<string>,
  ): Promise<Changed> {
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
    const [row] = await query<MethodRow>(db.pool, statements.selectMethod, [methodId]);
    return row && methodFromRow(row);
  }

  return {
    async tokenFor(userId, methodId) {
      const encryptionKeys = keys();
      const [row] = await query<EncryptedToken>(db.pool, statements.selectEncryptedToken, [userId, methodId]);
      if (row) return decryptToken(encryptionKeys, row, { userId, id: methodId });
      const found = await find(methodId);
      notFound(methodId, found !== undefined && found.userId !== userId);
    },
    async defaultFor(userId) {
      if (!keyRing) return undefined;
      type Row = EncryptedToken & { readonly id: string };
      const [row] = await query<Row>(db.pool, statements.selectDefaultToken, [userId]);
      return row && { paymentMethodId: row.id, token: decryptToken(keyRing, row, { userId, id: row.id }) };
    },
    async list(userId) {
      keys();
      return (await query<MethodRow>(db.pool, statements.selectMethods, [userId])).map(methodFromRow);
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
      change("PAYMENT_METHOD_MADE_DEFAULT", how, async (tx) => {
        const live = await query<MethodRow>(tx, statements.selectMethods, [how.userId]);
        if (!live.some(({ id }) => id === methodId)) notFound(methodId);
        return makeDefault(tx, how.userId, methodId);
      }),
    remove: (methodId, how) =>
      change("PAYMENT_METHOD_REMOVED", how, async (tx) => {
        const live = await query<MethodRow>(tx, statements.selectMethods, [how.userId]);
        const removed = live.find(({ id }) => id === methodId);
        if (!removed) return methodId;
        await query(tx, statements.eraseMethod, [how.userId, methodId, how.now]);
        const next = live.find(({ id }) => id !== methodId);
        if (removed.is_default && next) await makeDefault(tx, how.userId, next.id);
        return methodId;
      }),
  };
}

function standingOf({ isRemoved, isDefault }: PaymentMethod): string {
  if (isRemoved) return "REMOVED";
  return isDefault ? "DEFAULT" : "STORED";
}
