import { expect } from "chai";
import { randomUUID } from "node:crypto";
import type { Role } from "@till/rpc/server";
import { apiV1Routes } from "../../src/rest/api-v1.ts";
import { orderPrefixRoutes } from "../../src/rest/order-prefix.ts";
import { orderRoutes } from "../../src/rest/orders.ts";
import { paymentRoutes } from "../../src/rest/payments.ts";
import type { RestRoute } from "../../src/rest/rest-route.ts";
import type { GatewaySystem } from "./gateway.ts";

const routes = [...orderRoutes, ...paymentRoutes, ...orderPrefixRoutes, ...apiV1Routes];

export type RestReply<Body = RestBody> = {
  readonly status: number;
  readonly headers: Headers;
  /** As it came, for the digits of amounts. */
  readonly text: string;
  readonly body: Body;
};

/** The members that tests read, of every dialect and of problems. */
export type RestBody = {
  readonly [
    Member in
      | "id"
      | "order_id"
      | "status"
      | "completed_at"
      | "nextPageToken"
      | "next_page_token"
      | "reason"
      | "detail"
      | "request_id"
  ]: string;
} & {
  readonly totalAmount: number;
  readonly total_amount: number;
  readonly orders: readonly RestBody[];
  readonly items: readonly object[];
  readonly shippingAddress: object;
  readonly refund: object;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
};

type Sent = { readonly key?: string; readonly headers?: Readonly<Record<string, string>> };

/** Sends requests of one caller. A JSON body may be given as text. Every response is held against its schema. */
export function restClient(system: GatewaySystem, user: string, role: Role = "user") {
  return async <Body = RestBody>(
    method: string,
    path: string,
    json?: unknown,
    sent: Sent = {},
  ): Promise<RestReply<Body>> => {
    const response = await fetch(`${system.url}${path}`, {
      method,
      headers: {
        ...(await system.bearer(user, role)),
        ...(json !== undefined && { "content-type": "application/json" }),
        ...(sent.key !== undefined && { "idempotency-key": sent.key }),
        ...sent.headers,
      },
      ...(json !== undefined && { body: typeof json === "string" ? json : JSON.stringify(json) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    const body: unknown = JSON.parse(text);
    expectDocumented(method, path, { status, headers, text, body });
    return { status, headers, text, body: body as Body };
  };
}

/** A problem has exactly its members; a success is what the route's schema says. */
function expectDocumented(method: string, path: string, { status, headers, body }: RestReply<unknown>): void {
  expect(headers.get("x-request-id")).to.match(/^[!-~]{1,128}$/);
  if (status >= 400) {
    expect(headers.get("content-type")).to.equal("application/problem+json");
    expect(Object.keys(body as object)).to.deep.equal(problemMembers);
    expect((body as { status: number }).status).to.equal(status);
    return;
  }
  const route = routes.find((known) => known.method === method && patternOf(known).test(path.split("?")[0]!));
  const schema = route?.responses[status];
  expect(schema, `${method} ${path} is documented with ${status}`).to.not.equal(undefined);
  schema!.parse(body);
}

const problemMembers = [
  ...["type", "title", "status", "detail", "reason", "request_id", "metadata", "violations"],
];

function patternOf({ path }: RestRoute): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

export const newKey = () => randomUUID();

/** A buyer of its own, and a course that no other test buys. */
export const anyBuyer = () => `018f0000-0000-7000-9000-${randomUUID().slice(24)}`;
export const anyCourse = () => `018f0000-0000-7000-a000-${randomUUID().slice(24)}`;
