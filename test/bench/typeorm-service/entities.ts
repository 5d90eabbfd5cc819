import { EntitySchema } from "typeorm";

/** An order the way TypeORM usually maps it: generated ids, lines and history as cascading relations. */
export type OrderEntity = {
  readonly id?: string;
  readonly userId: string;
  readonly status: string;
  readonly currency: string;
  /** Minor units; Postgres's bigint comes back as text. */
  readonly total: string;
  readonly version: number;
  readonly details: object;
  readonly callerId: string;
  readonly idempotencyKey: string;
  readonly requestHash: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly items: readonly ItemEntity[];
  readonly history: readonly HistoryEntity[];
};

export type ItemEntity = {
  readonly id?: string;
  readonly kind: string;
  readonly refId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: string;
};

export type HistoryEntity = {
  readonly id?: string;
  readonly version: number;
  readonly type: string;
  readonly toStatus: string;
  readonly actor: string;
  readonly reason: string;
  readonly createdAt: Date;
};

/** A row of the outbox that packages/events creates and its relay empties. */
export type OutboxEntity = {
  readonly id?: string;
  readonly eventId: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly dataVersion: number;
  readonly time: Date;
  readonly traceparent: string | null;
  readonly data: string;
};

const generatedId = { type: "uuid", primary: true, generated: "uuid" } as const;
const order = {
  type: "many-to-one",
  target: "orders",
  joinColumn: { name: "order_id" },
  nullable: false,
} as const;

export const orderEntity = new EntitySchema<OrderEntity>({
  name: "orders",
  columns: {
    id: generatedId,
    userId: { type: "text", name: "user_id" },
    status: { type: "text" },
    currency: { type: "text" },
    total: { type: "bigint" },
    version: { type: "int" },
    details: { type: "jsonb" },
    callerId: { type: "uuid", name: "caller_id" },
    idempotencyKey: { type: "text", name: "idempotency_key" },
    requestHash: { type: "text", name: "request_hash" },
    createdAt: { type: "timestamptz", name: "created_at" },
    updatedAt: { type: "timestamptz", name: "updated_at" },
    expiresAt: { type: "timestamptz", name: "expires_at" },
  },
  indices: [{ columns: ["userId"] }, { columns: ["status"] }],
  uniques: [{ columns: ["callerId", "idempotencyKey"] }],
  relations: {
    items: { type: "one-to-many", target: "order_items", inverseSide: "order", cascade: true },
    history: { type: "one-to-many", target: "order_event", inverseSide: "order", cascade: true },
  },
});

export const itemEntity = new EntitySchema<ItemEntity & { readonly order: OrderEntity }>({
  name: "order_items",
  columns: {
    id: generatedId,
    kind: { type: "text" },
    refId: { type: "text", name: "ref_id" },
    name: { type: "text" },
    quantity: { type: "int" },
    unitPrice: { type: "bigint", name: "unit_price" },
  },
  indices: [{ columns: ["order"] }, { columns: ["refId"] }],
  relations: { order: { ...order, inverseSide: "items" } },
});

export const historyEntity = new EntitySchema<HistoryEntity & { readonly order: OrderEntity }>({
  name: "order_event",
  columns: {
    id: generatedId,
    version: { type: "int" },
    type: { type: "text" },
    toStatus: { type: "text", name: "to_status" },
    actor: { type: "text" },
    reason: { type: "text" },
    createdAt: { type: "timestamptz", name: "created_at" },
  },
  indices: [{ columns: ["order"] }],
  relations: { order: { ...order, inverseSide: "history" } },
});

export const outboxEntity = new EntitySchema<OutboxEntity>({
  name: "outbox",
  synchronize: false,
  columns: {
    id: { type: "bigint", primary: true, generated: true },
    eventId: { type: "uuid", name: "event_id" },
    topic: { type: "text" },
    key: { type: "text" },
    type: { type: "text" },
    dataVersion: { type: "bigint", name: "data_version" },
    time: { type: "timestamptz" },
    traceparent: { type: "text", nullable: true },
    data: { type: "text" },
  },
});
