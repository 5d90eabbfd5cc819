import { add, money, multiply, type Money } from "@till/money";
import type { Catalogue, Product } from "./catalog.ts";

export type QuoteRequest = {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly regionCode: string;
  readonly cartId: string;
};

export type Quote = {
  /** Each known product once. */
  readonly offers: readonly Product[];
  readonly shippingFee?: Money;
  readonly discount?: Money;
};

/** Where delivery costs something, so that a fee can be tried. */
export const feeRegion = "IS";
/** What it costs there, in each currency that products have. */
export const deliveryFees = [money("EUR", 990n), money("JPY", 1_200n)];
/** Carts named so are cheaper, so that a discount can be tried. */
export const saleCartPrefix = "sale-";
export const salePercent = 10n;

/** What products cost, and what delivery and discounts come to; the same question always has the same answer. */
export function quote({ products }: Catalogue, { items, regionCode, cartId }: QuoteRequest): Quote {
  const lines = items.flatMap(({ productId, quantity }) => {
    const product = products.find(productId);
    return product ? [{ product, subtotal: multiply(product.price, quantity) }] : [];
  });
  const offers = [...new Map(lines.map(({ product }) => [product.id, product])).values()];
  const currencies = new Set(offers.map(({ price }) => price.currency));
  // Fee and discount are for all lines together, and there is no sum of two currencies.
  if (currencies.size !== 1) return { offers };
  const goods = lines.map(({ subtotal }) => subtotal).reduce(add);
  const fee = deliveryFees.find(({ currency }) => currency === goods.currency);
  return {
    offers,
    ...(regionCode === feeRegion && fee && { shippingFee: fee }),
    ...(cartId.startsWith(saleCartPrefix) && { discount: saleDiscount(goods) }),
  };
}

/** Rounded down. */
function saleDiscount({ currency, minorUnits }: Money): Money {
  return money(currency, (minorUnits * salePercent) / 100n);
}
