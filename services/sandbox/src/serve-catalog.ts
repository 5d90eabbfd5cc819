import { canonicalId } from "@till/ids";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Catalog, Course, Product, Session } from "./catalog.ts";
import { HttpError } from "./http-error.ts";
import { parse } from "./parse-request.ts";
import type { Price } from "./price.ts";

/**
 * Serves PUT /catalog/<id>, which changes a course, session or product until the sandbox stops and creates an unknown id as
 * `kind`, and PUT /users/<id>. Till may not see a change before its cached lookup expires.
 */
export function serveCatalog(app: FastifyInstance, catalog: Catalog): void {
  app.put("/catalog/:id", ({ params, body }) => {
    const { id } = parse(path, params);
    return putItem(catalog, id, parse(itemChange, body));
  });
  app.put("/users/:id", ({ params, body }) => {
    const { id } = parse(path, params);
    const { active, display_name } = parse(userChange, body);
    const { displayName, ...user } = catalog.users.find(id) ?? { id, active: true, displayName: id };
    const changed = { ...user, active: active ?? user.active, displayName: display_name ?? displayName };
    catalog.users.put(changed);
    return { id, active: changed.active, display_name: changed.displayName };
  });
}

function putItem(catalog: Catalog, id: string, change: ItemChange) {
  const { courses, sessions, products } = catalog;
  const [course, session, product] = [courses.find(id), sessions.find(id), products.find(id)];
  if (course ?? (!session && !product && change.kind === "course")) {
    const changed = changedCourse(course ?? { id, title: id, price: newPrice(change), onSale: true }, change);
    courses.put(changed);
    return bodyOf(changed);
  }
  if (session ?? (!product && change.kind === "session")) {
    const changed = changedSession(session ?? newSession(id, newPrice(change)), change);
    sessions.put(changed);
    return bodyOf(changed);
  }
  const changed = changedProduct(
    product ?? { id, name: id, price: newPrice(change), onSale: true, stock: 1_000 },
    change,
  );
  products.put(changed);
  return bodyOf(changed);
}

function newSession(id: string, price: Price): Session {
  return { id, title: id, price, capacity: 10, bookable: true, cancelled: false };
}

function newPrice({ price, currency = "EUR" }: ItemChange): Price {
  if (price === undefined) throw new HttpError(400, "invalid_request", "price: required for a new id");
  return { currency, decimal: price };
}

function changedPrice({ currency, decimal }: Price, change: ItemChange): Price {
  return { currency: change.currency ?? currency, decimal: change.price ?? decimal };
}

function changedCourse(course: Course, change: ItemChange): Course {
  return {
    ...course,
    title: change.title ?? course.title,
    price: changedPrice(course.price, change),
    onSale: change.on_sale ?? course.onSale,
  };
}

function changedSession(session: Session, change: ItemChange): Session {
  return {
    ...session,
    title: change.title ?? session.title,
    price: changedPrice(session.price, change),
    bookable: change.on_sale ?? session.bookable,
    capacity: change.capacity ?? session.capacity,
    cancelled: change.cancelled ?? session.cancelled,
    startsAt: change.starts_at === undefined ? session.startsAt : (change.starts_at ?? undefined),
    endsAt: change.ends_at === undefined ? session.endsAt : (change.ends_at ?? undefined),
  };
}

function changedProduct(product: Product, change: ItemChange): Product {
  return {
    ...product,
    name: change.title ?? product.name,
    price: changedPrice(product.price, change),
    onSale: change.on_sale ?? product.onSale,
  };
}

function bodyOf(item: Course | Session | Product) {
  return {
    id: item.id,
    title: "title" in item ? item.title : item.name,
    price: item.price.decimal,
    currency: item.price.currency,
    on_sale: "bookable" in item ? item.bookable : item.onSale,
    ...("bookable" in item && {
      capacity: item.capacity,
      cancelled: item.cancelled,
      starts_at: item.startsAt,
      ends_at: item.endsAt,
    }),
  };
}

const path = z.object({
  id: z
    .string()
    .regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters")
    .transform(canonicalId),
});

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((time) => new Date(time))
  .nullable();

const itemChange = z.strictObject({
  /** Of a new id. */
  kind: z.enum(["course", "session", "product"]).default("product"),
  title: z.string().min(1).max(200).optional(),
  /** Any decimal: an upstream's price may be wrong. */
  price: z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,9})?$/, 'must be a decimal such as "12.50"')
    .optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be three letters such as EUR")
    .optional(),
  on_sale: z.boolean().optional(),
  capacity: z.int().optional(),
  cancelled: z.boolean().optional(),
  starts_at: moment.optional(),
  ends_at: moment.optional(),
});

type ItemChange = z.output<typeof itemChange>;

const userChange = z.strictObject({
  active: z.boolean().optional(),
  display_name: z.string().min(1).max(200).optional(),
});
