import { createClient, type Transport } from "@connectrpc/connect";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import type { Catalog } from "./ports.ts";
import { nameFrom, priceFrom, requireAmount, unavailable } from "./upstream-call.ts";

/** The platform's catalog over gRPC. */
export function catalogOver(transport: Transport): Catalog {
  const client = createClient(CatalogService, transport);
  return {
    async quote({ items, regionCode, cartId }, call) {
      const { offers, shippingFee, discount } = await client
        .quoteItems({ items: [...items], regionCode, cartId }, call)
        .catch(unavailable("catalog"));
      return {
        offers: new Map(
          offers.map(({ productId: id, offerId, name, unitPrice }) => {
            return [id, { offerId: nameFrom(offerId), name: nameFrom(name), price: priceFrom(unitPrice) }];
          }),
        ),
        shippingFee: shippingFee && requireAmount(shippingFee, "catalog"),
        discount: discount && requireAmount(discount, "catalog"),
      };
    },
  };
}
