// Follows the ledger: when something on this page changed, fetches the page again and puts the changed parts in place.
const waitMs = 120;

export function followLedger() {
  const source = new EventSource('/events');
  const state = document.querySelector('[data-live-state]');
  const show = (on) => {
    if (!state) return;
    state.hidden = false;
    state.classList.toggle('live-off', !on);
    const text = state.querySelector('[data-live-text]');
    text.textContent = on ? text.dataset.on : text.dataset.off;
  };
  source.addEventListener('open', () => show(true));
  source.addEventListener('error', () => show(false));
  let timer = null;
  const changed = new Set();
  source.addEventListener('block', (event) => {
    for (const topic of JSON.parse(event.data).topics) changed.add(topic);
    if (!concerns(changed)) return;
    timer ??= setTimeout(async () => {
      timer = null;
      const topics = new Set(changed);
      changed.clear();
      await refresh(topics);
    }, waitMs);
  });
  addEventListener('pagehide', () => source.close());
}

function parts(topics) {
  return [...document.querySelectorAll('[data-live]')].filter((part) =>
    part.dataset.live.split(/\s+/).some((topic) => topics.has(topic)),
  );
}

function concerns(topics) {
  return parts(topics).length > 0;
}

/** Forms somebody is filling in are never replaced. */
async function refresh(topics) {
  const page = document.body.dataset.liveFrom ?? location.href;
  const response = await fetch(page, { headers: { 'X-Live': '1' }, redirect: 'error' }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  let told = '';
  for (const part of parts(topics)) {
    const next = part.id
      ? fresh.getElementById(part.id)
      : fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (
      !next ||
      part.contains(document.activeElement?.closest('form') ?? null) ||
      next.textContent === part.textContent
    )
      continue;
    part.replaceWith(document.importNode(next, true));
    if (part.dataset.live !== 'height') told = next.querySelector('h1,h2')?.textContent?.trim() ?? told;
  }
  if (told) document.querySelector('[data-announce]').textContent = `${told} 已更新`;
}
