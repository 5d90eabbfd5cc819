import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { moneyToProto } from "@till/money";
import { allow, implement, type Implementation } from "@till/rpc/server";
import type { CartLine, Catalog } from "./catalog.ts";
import { priceToProto } from "./price.ts";
import { quote } from "./quote.ts";

/** Serves till.catalog.v1.CatalogService from the catalog. */
export function catalogService(catalog: Catalog): Implementation {
  return implement(CatalogService, {
    quoteItems: allow(["service", "admin"], (request) => {
      const cartLines = request.items.length > 0 ? [] : (catalog.carts.get(request.cartId) ?? []);
      const { offers, shippingFee, discount } = quote(catalog, {
        ...request,
        items: request.items.length > 0 ? request.items : productsOf(cartLines),
      });
      return Promise.resolve({
        offers: offers.map(({ id, name, price }) => {
          return { productId: id, offerId: `offer-${id}`, name, unitPrice: priceToProto(price) };
        }),
        cartLines: [...cartLines],
        ...(shippingFee && { shippingFee: moneyToProto(shippingFee) }),
        ...(discount && { discount: moneyToProto(discount) }),
      });
    }),
  });
}

function productsOf(lines: readonly CartLine[]) {
  return lines.flatMap(({ item, quantity }) =>
    item.case === "productId" ? [{ productId: item.value, quantity }] : [],
  );
}
