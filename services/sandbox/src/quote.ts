import { add, money, multiply, type Money } from "@till/money";
import type { Catalog, Product } from "./catalog.ts";
import { priceToMoney } from "./price.ts";

export type QuoteRequest = {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly regionCode: string;
  readonly cartId: string;
};

export type Quote = {
  /** One per known product. */
  readonly offers: readonly Product[];
  readonly shippingFee?: Money;
  readonly discount?: Money;
};

/** The region with a delivery fee. */
export const feeRegion = "IS";
/** The delivery fee there, by currency. */
export const deliveryFees = [money("EUR", 990n), money("JPY", 1_200n)];
/** Carts with this prefix have a discount of `salePercent`. */
export const saleCartPrefix = "sale-";
export const salePercent = 10n;

/** Prices of products, with the delivery fee and the discount of all lines together. */
export function quote({ products }: Catalog, { items, regionCode, cartId }: QuoteRequest): Quote {
  const lines = items.flatMap(({ productId, quantity }) => {
    const product = products.find(productId);
    return product?.onSale ? [{ product, quantity }] : [];
  });
  const offers = [...new Map(lines.map(({ product }) => [product.id, product])).values()];
  const currencies = new Set(offers.map(({ price }) => price.currency));
  const subtotals = lines.map(({ product, quantity }) => subtotalOf(product, quantity));
  // The fee and the discount are of all lines together; a quote in two currencies or with an invalid price has neither.
  if (currencies.size !== 1 || !subtotals.every((subtotal) => subtotal !== undefined)) return { offers };
  const goods = subtotals.reduce(add);
  const fee = deliveryFees.find(({ currency }) => currency === goods.currency);
  return {
    offers,
    ...(regionCode === feeRegion && fee && { shippingFee: fee }),
    ...(cartId.startsWith(saleCartPrefix) && { discount: saleDiscount(goods) }),
  };
}

function subtotalOf({ price }: Product, quantity: number): Money | undefined {
  const unitPrice = priceToMoney(price);
  return unitPrice && multiply(unitPrice, quantity);
}

/** Rounded down. */
function saleDiscount({ currency, minorUnits }: Money): Money {
  return money(currency, (minorUnits * salePercent) / 100n);
}
