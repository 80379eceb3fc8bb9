/** Sentences of the JSON API. */
export const api = {
  'api.keyNeeded': '请在请求头 Idempotency-Key 中给出 8 至 200 个可见字符。',
  'api.otherBank': '流水所属银行与该笔付款方的开户行不一致。',
  'api.title': 'JSON 接口文档',
  'refusal.MUST_CHANGE_PASSWORD': '请先在网页上修改初始密码，再使用接口。',
  'refusal.NOT_SIGNED_IN': '没有登录，或令牌已失效，请重新登录。',
} as const;
