import type { Call } from "@till/rpc/server";
import type { AskedLine, AskedOrder } from "../checkout/create-order-request.ts";
import { appError } from "../rules/errors.ts";
import type { Catalog, ProductOffer, ProductQuote } from "../upstreams/catalog.ts";
import type { Offer } from "./offers.ts";

/** Asks the catalogue what the products of a request cost together, there where they are to be sent. */
export function quoteProducts(catalog: Catalog, asked: AskedOrder, call: Call): Promise<ProductQuote> {
  const products = asked.lines.filter(({ kind }) => kind === "PHYSICAL");
  const items = products.map(({ refId: productId, quantity }) => ({ productId, quantity }));
  const { region: regionCode, details } = asked;
  return catalog.quote({ items, regionCode, cartId: details.cartId ?? "" }, call.forward());
}

/** A product as it is offered now. Throws PRODUCT_NOT_FOUND. */
export function productOffer({ kind, refId, quantity }: AskedLine, product: ProductOffer | undefined): Offer {
  if (!product) throw appError("PRODUCT_NOT_FOUND", `no product ${refId}`, { metadata: { id: refId } });
  const { name, price: unitPrice, offerId } = product;
  return { kind, refId, name, quantity, unitPrice, offerId };
}
