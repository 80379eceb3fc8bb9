/** The queue of notifications, as operators see it. */
export const noticeQueue = 'notifications';
