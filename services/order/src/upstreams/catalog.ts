import { createClient, type Transport } from "@connectrpc/connect";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { moneyFromProto, type Money } from "@till/money";
import { priceFrom, unavailable, type Forward } from "./upstream-call.ts";

/** What products cost now, and what delivery and discounts come to for all of them together. Never cached. */
export type Catalog = { quote(request: QuoteRequest, call?: Forward): Promise<ProductQuote> };

export type QuoteRequest = {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly regionCode: string;
  readonly cartId: string;
};

export type ProductQuote = {
  /** By product; unknown ones are left out. */
  readonly offers: ReadonlyMap<string, ProductOffer>;
  readonly shippingFee: Money | undefined;
  readonly discount: Money | undefined;
};

export type ProductOffer = { readonly offerId: string; readonly name: string; readonly price: Money };

/** The platform's catalogue over gRPC. */
export function catalogOver(transport: Transport): Catalog {
  const client = createClient(CatalogService, transport);
  return {
    async quote({ items, regionCode, cartId }, call) {
      const asked = client.quoteItems({ items: [...items], regionCode, cartId }, call);
      const { offers, shippingFee, discount } = await asked.catch(unavailable("catalog"));
      return {
        offers: new Map(
          offers.map(({ productId: id, offerId, name, unitPrice }) => {
            const price = priceFrom({ id, price: unitPrice });
            return [id, { offerId, name, price }];
          }),
        ),
        shippingFee: shippingFee && moneyFromProto(shippingFee),
        discount: discount && moneyFromProto(discount),
      };
    },
  };
}
