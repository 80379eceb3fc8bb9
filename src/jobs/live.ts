/** The Redis channel on which the worker tells every web process about a block that the read model shows. */
export const liveChannel = 'live';
/** The channel that names the people who have a new notification. */
export const noticeChannel = 'notices';
