import type { CallOptions, Client } from "@connectrpc/connect";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import type { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import type { Caller } from "@till/rpc/server";
import type { z } from "zod";
import type { NameField } from "../http/problem.ts";

/** A request as a handler sees it: who calls, and how to call the services for it. */
export type RestCall = {
  readonly orders: Client<typeof OrderService>;
  readonly payments: Client<typeof PaymentService>;
  readonly caller: Caller;
  /** The currency of amounts where the request names none. */
  readonly defaultCurrency: string;
  /** Of every upstream call: the request's headers and its cancellation. */
  readonly options: CallOptions;
};

export type RestResponse = {
  /** 200 where left out. */
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One path and method, with all that /openapi.json says of it. */
export type RestRoute = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its parameters in braces: /orders/{orderId}. */
  readonly path: string;
  /** The operation's id. */
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether the Idempotency-Key is needed. Undefined: the request changes nothing. */
  readonly key?: "required" | "optional";
  /** The body of each status of success. */
  readonly responses: Readonly<Record<number, z.ZodType>>;
  /** Reasons of failure that are the route's own. */
  readonly reasons: readonly string[];
  readonly nameField: NameField;
  readonly handle: (input: RestInput, call: RestCall) => Promise<RestResponse>;
};

type RestInput = { readonly params: never; readonly query: never; readonly body: never };

/** The names in braces. */
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & ParamsOf<Rest>
  : unknown;

/** Types a route's handler by its path, query and body. */
export function restRoute<Path extends string, Query extends z.ZodObject, Body extends z.ZodType>(
  route: Omit<RestRoute, "handle" | "path" | "query" | "body"> & {
    readonly path: Path;
    readonly query?: Query;
    readonly body?: Body;
    readonly handle: (
      input: {
        readonly params: ParamsOf<Path>;
        readonly query: z.output<Query>;
        readonly body: z.output<Body>;
      },
      call: RestCall,
    ) => Promise<RestResponse>;
  },
): RestRoute {
  return route;
}
