/** The queue of the whole check of the read model, as operators see it. */
export const checkQueue = 'read-model-check';
/** The one job of that queue. */
export const wholeCheck = 'whole-check';
