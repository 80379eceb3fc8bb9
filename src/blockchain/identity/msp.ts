/** The organisation groups of a channel, by the ids of their membership providers. */

/** The organisation groups of a channel. */
export const MSP_IDS = ['ProvinceMSP', 'CountyMSP', 'BankMSP'] as const;

/** One organisation group. */
export type MspId = (typeof MSP_IDS)[number];
