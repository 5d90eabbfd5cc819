/** The first elements of a list, at most so many. */
export async function firstOf<Item>(list: AsyncIterable<Item>, limit: number): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of list) {
    found.push(item);
    if (found.length === limit) break;
  }
  return found;
}
