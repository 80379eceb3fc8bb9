/** The page's one style sheet. */

/** Text of /style.css. */
export const styleSheet = `
:root { --ink: #1f2937; --soft: #5b6676; --line: #d9dee6; --back: #f5f6f8; --accent: #0b5d55; --bad: #b42318; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 14px/1.5 system-ui, "Noto Sans CJK SC", "Noto Sans SC", sans-serif; }
a { color: var(--accent); }
header { background: #0e3b37; color: #fff; padding: 12px 24px; display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: baseline; }
header a { color: #d5ebe7; }
header strong { font-size: 18px; letter-spacing: 1px; }
header .mark { color: #d5ebe7; }
header nav { margin-left: auto; display: flex; gap: 16px; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 24px 40px; display: grid; gap: 16px; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 15px; margin: 0 0 12px; }
.two { display: grid; gap: 16px; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); align-items: start; }
.stack { display: grid; gap: 16px; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 16px; min-width: 0; }
.grid { display: grid; gap: 12px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.wide { grid-column: 1 / -1; }
label { display: grid; gap: 4px; color: var(--soft); font-size: 13px; }
input, select { font: inherit; color: var(--ink); width: 100%; min-height: 36px; padding: 6px 8px; border: 1px solid #8f99a8; border-radius: 4px; background: #fff; }
button { font: inherit; min-height: 34px; padding: 4px 14px; border: 1px solid #8f99a8; border-radius: 4px; background: #fff; color: var(--ink); cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; }
:focus-visible { outline: 3px solid #7cc4ba; outline-offset: 1px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; background: #f2f4f7; }
th, td { padding: 7px 8px; border-bottom: 1px solid #e8ebf0; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td { min-width: 5em; }
td.names { min-width: 14em; }
td.code, .code { font-variant-numeric: tabular-nums; white-space: nowrap; }
.soft { color: var(--soft); }
.badge { display: inline-block; padding: 1px 8px; border-radius: 4px; border: 1px solid; font-size: 12px; white-space: nowrap; margin: 1px 4px 1px 0; }
.good { color: #126b3a; border-color: #9ccfb1; background: #effaf3; }
.wait { color: #8a5200; border-color: #e5c58d; background: #fff8ea; }
.bad { color: var(--bad); border-color: #eeb4ae; background: #fff2f1; }
.plain { color: #47505e; border-color: #c3cad4; background: #f5f6f8; }
.note { border-left: 4px solid var(--accent); background: #eef7f5; padding: 12px 16px; border-radius: 4px; }
.note.fault { border-color: var(--bad); background: #fff2f1; }
.note .big { font-size: 22px; font-variant-numeric: tabular-nums; user-select: all; overflow-wrap: anywhere; }
form.line { display: flex; gap: 8px; align-items: end; flex-wrap: wrap; }
form.line label { flex: 1; }
form.inline { display: inline; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 16px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.pages { display: flex; gap: 16px; padding-top: 12px; }
@media (max-width: 800px) { main { padding: 12px; } .two, .grid { grid-template-columns: minmax(0, 1fr); } header nav { margin-left: 0; } }
`;
