/** Inserts documents and tells for each whether it is new: the unique key decides, never a read before it. */
import { z } from 'zod';

/** What documents are inserted into: a collection of the driver. */
export interface InsertTarget {
  insertMany(documents: never[], options: { ordered: false }): Promise<unknown>;
}

const duplicateKey = 11000;
const bulkError = z.object({
  code: z.literal(duplicateKey),
  writeErrors: z.preprocess(
    (errors) => [errors].flat(),
    z.array(z.object({ code: z.number(), index: z.int() })),
  ),
});

/**
 * Inserts all that are new.
 * @returns for each document, in order, whether it was inserted now
 * @throws what the store threw, when it is more than keys that were there already
 */
export async function insertEach(
  { collection }: { readonly collection: InsertTarget },
  documents: readonly object[],
): Promise<boolean[]> {
  try {
    await collection.insertMany([...documents] as never[], { ordered: false });
    return documents.map(() => true);
  } catch (cause) {
    const errors = bulkError.safeParse(cause).data?.writeErrors ?? [];
    if (errors.length === 0 || errors.some((error) => error.code !== duplicateKey)) throw cause;
    const known = new Set(errors.map((error) => error.index));
    return documents.map((_, at) => !known.has(at));
  }
}
