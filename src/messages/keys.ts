/** The keys of the catalogue, for parts that name a text without showing it. */
export type { MessageKey } from './index.ts';
