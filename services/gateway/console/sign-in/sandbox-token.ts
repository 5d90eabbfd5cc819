/** Returns a token of any identity from the sandbox. Throws where it cannot be reached. */
export async function sandboxToken(user: string, role: string): Promise<string> {
  const query = new URLSearchParams({ user, role });
  const response = await fetch(`/console/sandbox-token?${query}`, { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox has no token for ${user}: ${text}`);
  return text;
}
