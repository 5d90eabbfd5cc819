/** Most clients accept messages of 4 MB at most. */
const largestPageBytes = 3_000_000;

type PageOptions<Found, Message extends object> = {
  readonly pageSize: number;
  readonly toMessage: (found: Found) => Message;
  /** The token of the page after `last`, the page's `count`th element. */
  readonly tokenAfter: (last: Found, count: number) => string;
};

type Page<Message> = { readonly messages: Message[]; readonly nextPageToken: string };

/**
 * Makes a page of what was read, one element more than `pageSize` where there is a next page. A page ends early before
 * it has 3 MB, with a token for the rest, and has one element at least.
 */
export function pageOf<Found, Message extends object>(
  found: readonly Found[],
  { pageSize, toMessage, tokenAfter }: PageOptions<Found, Message>,
): Page<Message> {
  const messages: Message[] = [];
  let bytes = 0;
  for (const element of found.slice(0, pageSize)) {
    const message = toMessage(element);
    bytes += sizeAtMost(message);
    if (bytes > largestPageBytes && messages.length > 0) break;
    messages.push(message);
  }
  const { length } = messages;
  return { messages, nextPageToken: length < found.length ? tokenAfter(found[length - 1]!, length) : "" };
}

/** The tag and the length of a field, or a number. Names count, too: those of a map are sent. */
const fieldBytes = 12;

/** The number of bytes that a message takes at most, without encoding it. */
function sizeAtMost(value: unknown): number {
  if (typeof value === "string") return fieldBytes + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return fieldBytes + value.length;
  if (typeof value !== "object" || value === null) return fieldBytes;
  let bytes = fieldBytes;
  for (const [name, field] of Object.entries(value)) {
    if (name !== "$typeName") bytes += name.length + sizeAtMost(field);
  }
  return bytes;
}
