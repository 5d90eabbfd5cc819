/** A queue of entries that each belong to someone, whose turns go round: who has many waits for those who have few. */
export type FairQueue<Entry> = {
  readonly length: () => number;
  readonly push: (owner: string, entry: Entry) => void;
  /** Takes the oldest entry of the owner whose turn it is. */
  readonly shift: () => Entry | undefined;
  /** How many entries go before a new one of an owner, itself included. */
  readonly placeFor: (owner: string) => number;
  /** Whether an owner has as many entries as all may have who have any. */
  readonly hasShare: (owner: string) => boolean;
  /** Takes the newest entry of the owner who has most, if one more than that is more than `owner` would have. */
  readonly popFor: (owner: string) => Entry | undefined;
  /** Keeps those entries that `isKept` returns true for. */
  readonly filter: (isKept: (entry: Entry) => boolean) => void;
};

/** Opens an empty queue. Its owners are those who have entries in it: it has none of them when it is empty. */
export function fairQueue<Entry>(): FairQueue<Entry> {
  /** In the order of their turns. */
  const ofOwner = new Map<string, Entry[]>();
  let length = 0;

  const lengthOf = (owner: string) => ofOwner.get(owner)?.length ?? 0;
  const owners = (newOne: string) => ofOwner.size + (ofOwner.has(newOne) ? 0 : 1);

  function longest(): string | undefined {
    let found: string | undefined;
    let most = 0;
    for (const [owner, entries] of ofOwner)
      if (entries.length > most) [found, most] = [owner, entries.length];
    return found;
  }

  return {
    length: () => length,
    push(owner, entry) {
      const entries = ofOwner.get(owner);
      if (entries) entries.push(entry);
      else ofOwner.set(owner, [entry]);
      length += 1;
    },
    shift() {
      const [turn] = ofOwner;
      if (!turn) return undefined;
      const [owner, entries] = turn;
      ofOwner.delete(owner);
      const entry = entries.shift();
      if (entries.length > 0) ofOwner.set(owner, entries);
      length -= 1;
      return entry;
    },
    placeFor: (owner) => Math.min(length + 1, (lengthOf(owner) + 1) * owners(owner)),
    hasShare: (owner) => (lengthOf(owner) + 1) * owners(owner) > length,
    popFor(owner) {
      const other = longest();
      if (other === undefined || lengthOf(other) <= lengthOf(owner) + 1) return undefined;
      length -= 1;
      return ofOwner.get(other)!.pop();
    },
    filter(isKept) {
      length = 0;
      for (const [owner, entries] of ofOwner) {
        const kept = entries.filter(isKept);
        if (kept.length === 0) ofOwner.delete(owner);
        else ofOwner.set(owner, kept);
        length += kept.length;
      }
    },
  };
}
