import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Client } from "@connectrpc/connect";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { ErrorInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { randomUUID } from "node:crypto";
import { failureOf } from "../../../../test/support/failure-of.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { tokenOf } from "./sandbox-client.ts";

export const notebook = "018f0000-0000-7000-8000-0000000000b1";
export const firstEdition = "018f0000-0000-7000-8000-0000000000b2";
export const brush = "018f0000-0000-7000-8000-0000000000b3";
export const unknownId = "018f0000-0000-7000-c000-000000000001";

/** Clients of the sandbox's upstreams. */
export type Upstreams = {
  readonly courses: Client<typeof CourseService>;
  readonly catalog: Client<typeof CatalogService>;
  readonly inventory: Client<typeof InventoryService>;
  close(): void;
};

/** Connects with one token, by default a service's. */
export async function connectTo(sandbox: Sandbox, who = "role=service&user=orders"): Promise<Upstreams> {
  const token = await tokenOf(sandbox, who);
  const address = `127.0.0.1:${sandbox.grpcPort}`;
  const transport = grpcTransport({ address, token: () => Promise.resolve(token), timeoutMs: 15_000 });
  return {
    courses: createClient(CourseService, transport),
    catalog: createClient(CatalogService, transport),
    inventory: createClient(InventoryService, transport),
    close: () => transport.close(),
  };
}

/** A load product with its initial stock of a million. */
export function freshProduct(): string {
  return `018f0000-0000-7000-d${randomUUID().slice(20)}`;
}

type Reservation = {
  readonly orderId: string;
  readonly lines: { productId: string; quantity: number }[];
  readonly expiresAt: number;
};

/** A request to reserve one notebook for an hour and a fresh order, with changes. */
export function reservation(changes: Partial<Reservation> = {}) {
  const lines = changes.lines ?? [{ productId: notebook, quantity: 1 }];
  const { orderId = randomUUID(), expiresAt = Date.now() + 3_600_000 } = changes;
  return { orderId, lines, expiresAt: timestampFromMs(expiresAt) };
}

/** The reason and metadata of a call's error. */
export async function errorOf(call: Promise<unknown>) {
  const [info] = (await failureOf(call)).findDetails(ErrorInfoSchema);
  return { reason: info?.reason, metadata: info?.metadata };
}

/** A product's available, reserved and committed quantities. */
export async function countsOf(sandbox: Sandbox, productId: string): Promise<number[]> {
  const all = (await (await fetch(`${sandbox.url}/stock`)).json()) as StockBody[];
  const stock = all.find(({ product_id }) => product_id === productId);
  return stock ? [stock.available, stock.reserved, stock.committed] : [];
}

type StockBody = {
  readonly product_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
};

/** POST /stock/<product_id>. */
export function restock(sandbox: Sandbox, productId: string, body: unknown): Promise<Response> {
  return fetch(`${sandbox.url}/stock/${productId}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
