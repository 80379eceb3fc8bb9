/** Texts of notifications. */
export const notificationTexts = {
  'notifications.title': '消息通知',
  'notifications.tasks': '待办与预警',
  'notifications.state': '状态',
  'notifications.type': '事件',
  'notifications.unread': '未读',
  'notifications.isRead': '{at} 已读',
  'notifications.read': '标为已读',
  'notifications.readAll': '全部标为已读',
  'notifications.at': '时间',
  'notifications.what': '发生了什么',
  'notifications.about': '对象',
  'notifications.empty': '没有消息。',
  'notifications.emptyHint': '与您的岗位有关的事写入账本后，会在这里告诉您。',
} as const;
