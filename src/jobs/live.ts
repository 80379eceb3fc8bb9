/** The Redis channel on which the worker tells every web process about a block that the read model shows. */
export const liveChannel = 'live';
