import { money, multiply, zero } from "@till/money";
import { appError } from "@till/rpc/errors";
import { QueryFailedError, type DataSource } from "typeorm";
import type { Decision } from "../../../services/order/src/rules/decision.ts";
import { toOutgoingEvent } from "../../../services/order/src/store/outgoing-events.ts";
import type { ItemKind, Order, OrderStatus } from "../../../services/order/src/rules/order.ts";
import type { Store } from "../../../services/order/src/store/store.ts";
import type { RequestKey } from "@till/rpc/request-key";
import { itemEntity, orderEntity, outboxEntity, type OrderEntity, type OutboxEntity } from "./entities.ts";

type Options = {
  readonly dataSource: DataSource;
  readonly newId: () => string;
  readonly onEvents: () => void;
};

/** The order service's store as it is written by hand with TypeORM: a transaction a call, and save(). */
export function saveStore({ dataSource, newId, onEvents }: Options): Store {
  const orders = dataSource.getRepository(orderEntity);

  async function findByKey({ callerId, key, hash }: RequestKey): Promise<Order | undefined> {
    const found = await orders.findOneBy({ callerId, idempotencyKey: key });
    if (!found) return undefined;
    if (found.requestHash !== hash) {
      throw appError("IDEMPOTENCY_KEY_REUSED", "this idempotency key was used for another request");
    }
    const items = await dataSource.getRepository(itemEntity).findBy({ order: { id: found.id! } });
    return orderFromEntity({ ...found, items });
  }

  return {
    findByKey,
    async insert({ key, decision, traceparent }) {
      try {
        const order = await dataSource.transaction(async (manager) => {
          const saved = await manager.save(orderEntity, entityFrom(key, decision));
          const placed = orderFromEntity(saved);
          const events = decision.events.map(
            ({ type }) => ({ type, order: placed }) as Decision["events"][number],
          );
          const rows = events.map((event) => outboxRow(toOutgoingEvent(event, newId(), traceparent)));
          await manager.save(outboxEntity, rows);
          return placed;
        });
        onEvents();
        return { order, isReplay: false };
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        return { order: (await findByKey(key))!, isReplay: true };
      }
    },
    find() {
      throw new Error("this service only places orders");
    },
    update() {
      throw new Error("this service only places orders");
    },
  };
}

function entityFrom(key: RequestKey, { order, history }: Decision): OrderEntity {
  return {
    userId: order.userId,
    status: order.status,
    currency: order.total.currency,
    total: `${order.total.minorUnits}`,
    version: order.version,
    details: order.details,
    callerId: key.callerId,
    idempotencyKey: key.key,
    requestHash: key.hash,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    expiresAt: order.expiresAt,
    items: order.items.map(({ kind, refId, name, quantity, unitPrice }) => {
      return { kind, refId, name, quantity, unitPrice: `${unitPrice.minorUnits}` };
    }),
    history: history.map(({ version, type, to, actor, reason, at }) => {
      return { version, type, toStatus: to, actor, reason, createdAt: at };
    }),
  };
}

function orderFromEntity(entity: OrderEntity): Order {
  const { currency } = entity;
  const nothing = zero(currency);
  return {
    id: entity.id!,
    userId: entity.userId,
    status: entity.status as OrderStatus,
    items: entity.items.map(({ id, kind, refId, name, quantity, unitPrice }) => {
      return {
        id: id!,
        kind: kind as ItemKind,
        refId,
        name,
        quantity,
        unitPrice: money(currency, BigInt(unitPrice)),
        paid: multiply(money(currency, BigInt(unitPrice)), quantity),
        refunded: nothing,
        priceSnapshot: { offerId: undefined, title: name, capturedAt: entity.createdAt },
      };
    }),
    total: money(currency, BigInt(entity.total)),
    shippingFee: nothing,
    discount: nothing,
    captured: nothing,
    refunded: nothing,
    deliveryRefunded: nothing,
    version: entity.version,
    createdAt: entity.createdAt,
    updatedAt: entity.updatedAt,
    expiresAt: entity.expiresAt,
    paymentId: undefined,
    failedPayments: 0,
    cancelReason: undefined,
    priorStatus: undefined,
    refund: undefined,
    shipment: undefined,
    deliveredAt: undefined,
    completedAt: undefined,
    returnedAt: undefined,
    stock: undefined,
    inventoryReleasedAt: undefined,
    paidWith: undefined,
    details: entity.details,
  };
}

function outboxRow(event: ReturnType<typeof toOutgoingEvent>): OutboxEntity {
  const { id, subject, traceparent = null, topic, type, dataVersion, time, data } = event;
  return { eventId: id, key: subject, traceparent, topic, type, dataVersion, time, data };
}

function isDuplicate(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === "23505";
}
