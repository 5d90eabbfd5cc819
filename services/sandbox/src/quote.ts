import { maxMinorUnits, money, type Money } from "@till/money";
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
  const [currency, ...otherCurrencies] = new Set(offers.map(({ price }) => price.currency));
  const subtotals = lines.map(({ product, quantity }) => subtotalOf(product, quantity));
  const isPriced = subtotals.every((subtotal) => subtotal !== undefined);
  // The fee and the discount are of all lines together; a quote in two currencies, with an invalid price, or of more than
  // an amount can be has neither.
  if (currency === undefined || otherCurrencies.length > 0 || !isPriced) return { offers };
  const goods = subtotals.reduce((sum, subtotal) => sum + subtotal);
  if (goods > maxMinorUnits) return { offers };
  const fee = deliveryFees.find((one) => one.currency === currency);
  return {
    offers,
    ...(regionCode === feeRegion && fee && { shippingFee: fee }),
    ...(cartId.startsWith(saleCartPrefix) && { discount: saleDiscount(currency, goods) }),
  };
}

/** In minor units, which may be more than an amount can be. */
function subtotalOf({ price }: Product, quantity: number): bigint | undefined {
  const unitPrice = priceToMoney(price);
  return unitPrice && unitPrice.minorUnits * BigInt(quantity);
}

/** Rounded down. */
function saleDiscount(currency: string, goods: bigint): Money {
  return money(currency, (goods * salePercent) / 100n);
}
