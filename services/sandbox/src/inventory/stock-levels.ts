import type { Catalog, Product } from "../catalog.ts";
import type { Journal } from "../journal.ts";

/** Committed goods have left the stock for good. */
type StockState = "available" | "reserved" | "committed";

/** The quantities of a product by state. */
export type Stock = { readonly productId: string } & Readonly<Record<StockState, number>>;

export type StockLine = { readonly productId: string; readonly quantity: number };

/** Counts stock by product and state. It checks nothing: the inventory decides. */
export type StockLevels = {
  readonly find: (productId: string) => Stock | undefined;
  /** The named products, and those of the load prefix whose stock has changed. */
  all(): readonly Stock[];
  restock(productId: string, available: number): Stock | undefined;
  move(lines: readonly StockLine[], from: StockState, to: StockState): void;
};

/** The catalog's initial stock with the journal's changes. */
export function createStockLevels({ products }: Catalog, journal: Journal): StockLevels {
  const section = journal.section<Stock>("stock");
  const levels = new Map(products.named.map((product) => [product.id, initialStock(product)]));
  for (const stock of section.restored) levels.set(stock.productId, stock);

  function find(productId: string): Stock | undefined {
    const product = products.find(productId);
    return product && (levels.get(product.id) ?? initialStock(product));
  }

  function change(productId: string, counts: (stock: Stock) => Partial<Stock>): Stock | undefined {
    const stock = find(productId);
    if (!stock) return undefined;
    const changed = { ...stock, ...counts(stock) };
    levels.set(changed.productId, changed);
    section.put(changed.productId, changed);
    return changed;
  }

  return {
    find,
    all: () => [...levels.values()],
    restock: (productId, available) => change(productId, () => ({ available })),
    move(lines, from, to) {
      for (const { productId, quantity } of lines) {
        change(productId, (stock) => ({ [from]: stock[from] - quantity, [to]: stock[to] + quantity }));
      }
    },
  };
}

function initialStock({ id: productId, stock: available }: Product): Stock {
  return { productId, available, reserved: 0, committed: 0 };
}
