/** Texts of what changed between two submissions, of the fields a reviewer names, and of the plan that is drawn up. */
export const approvalTexts = {
  'changes.title': '与上次提交相比',
  'changes.aside': '第 {from} 次提交 → 第 {to} 次提交',
  'changes.none': '内容与上次提交相同。',
  'changes.mark': '已修改',
  'changes.field': '项目',
  'changes.from': '上次提交',
  'changes.to': '本次提交',
  'changes.added': '新增附件',
  'changes.removed': '删除附件',
  'returned.title': '退回意见',
  'returned.by': '{org} {person} · {time}',
  'returned.fields': '需修改的部分',
  'returned.mark': '需修改',
  'field.fields': '有问题的部分',
  'field.fields.hint': '申请人打开退回的申请时，所选部分会标出。',
} as const;
