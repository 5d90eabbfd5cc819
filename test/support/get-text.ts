/** Reads a URL on a connection of its own: a kept one may be closed by the server just when it is used again. */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: "close" } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} returned ${response.status}: ${text}`);
  return text;
}
