// Comfort on top of pages that are complete without it: live updates, unsaved forms, focus on errors.
import { followLedger } from './live.js';

if (document.body.classList.contains('signed-in')) followLedger();
document.getElementById('problems')?.focus();

// A form is sent once: a second press does nothing while the first is on its way.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'yes';
  setTimeout(() => delete form.dataset.sent, 5000);
});

// A damaged part of a video breaks off; the page says so, since the player alone does not.
for (const media of document.querySelectorAll('.media'))
  media.addEventListener('error', () => {
    for (const note of document.querySelectorAll('[data-media-error]')) note.hidden = false;
  });
