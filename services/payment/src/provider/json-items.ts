/** The most one item may take; nothing a provider lists is nearly as large. */
const largestItem = 64 * 1024;

/**
 * The items of the one list in a JSON document such as `{"entries":[{…},{…}]}`, as they arrive. Throws where the
 * document is another, or ends before its list does.
 */
export async function* jsonItems(pieces: AsyncIterable<string>, list: string): AsyncGenerator<unknown> {
  const opening = new RegExp(`^\\s*\\{\\s*"${list}"\\s*:\\s*\\[`);
  let text = "";
  let isOpen = false;
  for await (const piece of pieces) {
    text += piece;
    if (!isOpen) {
      const start = opening.exec(text)?.[0];
      if (start) [text, isOpen] = [text.slice(start.length), true];
      else if (text.length > largestItem) break;
      else continue;
    }
    for (let end = endOfItem(text); end > 0; end = endOfItem(text)) {
      yield JSON.parse(text.slice(text.indexOf("{"), end));
      text = text.slice(end);
    }
    if (text.length > largestItem) throw new Error("an item of the list is too long");
  }
  if (!isOpen || !/^\s*\]\s*\}\s*$/.test(text)) throw new Error("the list is not whole");
}

/** Where the first item ends, if it has arrived: at the brace that closes its first one, outside of any string. */
function endOfItem(text: string): number {
  if (!/^\s*,?\s*\{/.test(text)) return -1;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|["{}]/gs)) {
    // A string that has not arrived whole: braces after it may be part of it.
    if (token === '"') return -1;
    if (token === "{") depth += 1;
    if (token === "}" && --depth === 0) return index + 1;
  }
  return -1;
}
