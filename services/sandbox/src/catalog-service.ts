import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { moneyToProto } from "@till/money";
import { allow, implement } from "@till/rpc";
import { quote } from "./quote.ts";

/** till.catalog.v1.CatalogService over the catalogue. */
export const catalogService = implement(CatalogService, {
  quoteItems: allow(["service", "admin"], (request) => {
    const { offers, shippingFee, discount } = quote(request);
    return Promise.resolve({
      offers: offers.map(({ id, name, price }) => {
        return { productId: id, offerId: `offer-${id}`, name, unitPrice: moneyToProto(price) };
      }),
      ...(shippingFee && { shippingFee: moneyToProto(shippingFee) }),
      ...(discount && { discount: moneyToProto(discount) }),
    });
  }),
});
