/** What is known of the ids asked for, each once however often and in whatever case it was asked. */
export function findEach<Found>(ids: readonly string[], find: (id: string) => Found | undefined): Found[] {
  const asked = new Set(ids.map((id) => id.toLowerCase()));
  return [...asked].map(find).filter((found) => found !== undefined);
}
