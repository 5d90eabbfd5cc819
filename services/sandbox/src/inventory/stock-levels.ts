import type { Catalogue, Product } from "../catalog.ts";
import type { Journal } from "../journal.ts";

/** Where goods are: on the shelf, set aside for an order, or gone for good. */
export type Place = "available" | "reserved" | "committed";

/** How many of a product are where. */
export type Stock = { readonly productId: string } & Readonly<Record<Place, number>>;

export type StockLine = { readonly productId: string; readonly quantity: number };

/** Counts the goods of the catalogue. It moves what it is told to; whether that is right is the inventory's to know. */
export type Stockroom = {
  readonly find: (productId: string) => Stock | undefined;
  /** The named products, and those of the load prefix that somebody has touched. */
  all(): readonly Stock[];
  restock(productId: string, available: number): Stock | undefined;
  move(lines: readonly StockLine[], from: Place, to: Place): void;
};

/** The stock of the catalogue, and what the journal has become of it. */
export function createStockroom({ products }: Catalogue, journal: Journal): Stockroom {
  const page = journal.page<Stock>("stock");
  const touched = new Map(products.named.map((product) => [product.id, untouched(product)]));
  for (const stock of page.earlier) touched.set(stock.productId, stock);

  function find(productId: string): Stock | undefined {
    const product = products.find(productId);
    return product && (touched.get(product.id) ?? untouched(product));
  }

  function change(productId: string, counts: (stock: Stock) => Partial<Stock>): Stock | undefined {
    const stock = find(productId);
    if (!stock) return undefined;
    const changed = { ...stock, ...counts(stock) };
    touched.set(changed.productId, changed);
    page.write(changed.productId, changed);
    return changed;
  }

  return {
    find,
    all: () => [...touched.values()],
    restock: (productId, available) => change(productId, () => ({ available })),
    move(lines, from, to) {
      for (const { productId, quantity } of lines) {
        change(productId, (stock) => ({ [from]: stock[from] - quantity, [to]: stock[to] + quantity }));
      }
    },
  };
}

function untouched({ id: productId, stock: available }: Product): Stock {
  return { productId, available, reserved: 0, committed: 0 };
}
