/** Keeps users' encrypted signing keys in the document store. */
import { model, Schema } from 'mongoose';
import type { KeyStorage, StoredKey } from '../../blockchain/identity/key-store.ts';

/** `_id` = user id. */
type KeyDocument = Omit<StoredKey, 'userId'> & { readonly _id: string };

const text = { type: String, required: true } as const;
const keySchema = new Schema<KeyDocument>(
  { _id: text, mspId: text, serial: text, certificate: text, encryptedKey: text, notAfter: text },
  { collection: 'signing_keys', versionKey: false },
);
keySchema.index({ notAfter: 1 });
export const KeyModel = model('SigningKey', keySchema);

/** The document store as key storage. */
export const mongoKeyStorage: KeyStorage = {
  async find(userId) {
    const found = await KeyModel.findById(userId).lean();
    if (found === null) return null;
    const { _id, ...rest } = found;
    return { userId: _id, ...rest };
  },
  async save({ userId, ...rest }) {
    await KeyModel.replaceOne({ _id: userId }, { _id: userId, ...rest }, { upsert: true });
  },
};
