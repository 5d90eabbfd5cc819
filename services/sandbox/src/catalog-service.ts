import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { moneyToProto } from "@till/money";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { Catalogue } from "./catalog.ts";
import { quote } from "./quote.ts";

/** till.catalog.v1.CatalogService over the catalogue. */
export function catalogService(catalogue: Catalogue): Implementation {
  return implement(CatalogService, {
    quoteItems: allow(["service", "admin"], (request) => {
      const { offers, shippingFee, discount } = quote(catalogue, request);
      return Promise.resolve({
        offers: offers.map(({ id, name, price }) => {
          return { productId: id, offerId: `offer-${id}`, name, unitPrice: moneyToProto(price) };
        }),
        ...(shippingFee && { shippingFee: moneyToProto(shippingFee) }),
        ...(discount && { discount: moneyToProto(discount) }),
      });
    }),
  });
}
