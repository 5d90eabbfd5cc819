/** What stands where a person's data was erased. */
export const tombstone = "[erased]";
