import { createHash } from "node:crypto";

/**
 * The style sheet of the pages. It uses logical properties, so that it fits both writing directions, and system fonts,
 * because the pages load nothing. Text and controls meet WCAG 2.2 AA in both color schemes; a test computes the contrast.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f3f0;
  --surface: #ffffff;
  --line: #e3e0da;
  --control-line: #878a92;
  --ink: #1b1d22;
  --ink-soft: #565b66;
  --tint: #f7f6f3;
  --accent: #2c5282;
  --accent-strong: #1f3f68;
  --accent-tint: #e8eef6;
  --on-accent: #ffffff;
  --danger: #a8281c;
  --danger-strong: #861c12;
  --danger-tint: #fbebe8;
  --shadow: 0 1px 2px rgb(27 29 34 / .04), 0 12px 32px -8px rgb(27 29 34 / .10);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121316;
    --surface: #1b1d22;
    --line: #2e3138;
    --control-line: #7c818d;
    --ink: #eceef2;
    --ink-soft: #a9afbb;
    --tint: #22252b;
    --accent: #a9c7f0;
    --accent-strong: #c6dbf8;
    --accent-tint: #26344a;
    --on-accent: #10213a;
    --danger: #f4ada3;
    --danger-strong: #fac9c2;
    --danger-tint: #46241f;
    --shadow: 0 1px 2px rgb(0 0 0 / .3), 0 16px 40px -8px rgb(0 0 0 / .5);
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-block-size: 100vh;
  min-block-size: 100svh;
  display: grid;
  grid-template-columns: minmax(0, 31rem);
  place-content: center;
  gap: 1.25rem;
  padding: clamp(1rem, 5vw, 3rem) clamp(.875rem, 4vw, 2rem);
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
header {
  display: flex;
  align-items: center;
  gap: .625rem;
  padding-inline: .25rem;
  font-weight: 600;
  letter-spacing: -.005em;
}
header::before {
  content: "";
  flex: none;
  inline-size: .75rem;
  block-size: .75rem;
  border-radius: .25rem;
  background: var(--accent);
}
main, aside { background: var(--surface); border: 1px solid var(--line); border-radius: 1.125rem; }
main { padding: clamp(1.375rem, 6vw, 2.5rem); box-shadow: var(--shadow); }
.icon {
  display: block;
  inline-size: 3rem;
  block-size: 3rem;
  padding: .6875rem;
  margin-block-end: 1.25rem;
  border-radius: .9375rem;
  background: var(--accent-tint);
  color: var(--accent);
}
[data-kind="revoke"] .icon { background: var(--danger-tint); color: var(--danger); }
[dir="rtl"] [data-kind="signOut"] .icon { transform: scaleX(-1); }
h1 { margin: 0 0 .75rem; font-size: clamp(1.4375rem, 1.2rem + 1.2vw, 1.75rem); line-height: 1.22; font-weight: 650; letter-spacing: -.018em; text-wrap: balance; }
h2 { margin: 0; font-size: .875rem; line-height: 1.4; font-weight: 600; }
p { margin: 0 0 .75rem; text-wrap: pretty; }
p + p { color: var(--ink-soft); }
[lang|="ar"] h1, [lang|="fa"] h1, [lang|="ur"] h1 { letter-spacing: normal; line-height: 1.4; }
.scopes { margin-block: 1.25rem 0; padding: 1rem 1.125rem 1.0625rem; border-radius: .75rem; background: var(--tint); border: 1px solid var(--line); }
ul { margin: .5rem 0 0; padding-inline-start: 1.125rem; font-size: .9375rem; line-height: 1.5; color: var(--ink-soft); }
li + li { margin-block-start: .375rem; }
li::marker { color: var(--accent); }
[data-kind="revoke"] li::marker { color: var(--danger); }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.actions { display: flex; flex-wrap: wrap; gap: .625rem; margin-block-start: 1.75rem; }
.actions > *, .actions button { flex: 1 1 auto; }
form { display: flex; margin: 0; }
.action {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-block-size: 2.875rem;
  padding: .625rem 1.25rem;
  border: 1px solid var(--control-line);
  border-radius: .75rem;
  background: transparent;
  color: var(--ink);
  font: inherit;
  font-weight: 550;
  line-height: 1.3;
  text-align: center;
  text-decoration: none;
  overflow-wrap: anywhere;
  cursor: pointer;
}
.action:hover { background: var(--tint); border-color: var(--ink-soft); }
.primary, .danger { border-color: transparent; color: var(--on-accent); }
.primary { background: var(--accent); }
.primary:hover { background: var(--accent-strong); border-color: transparent; }
.danger { background: var(--danger); color: var(--surface); }
.danger:hover { background: var(--danger-strong); border-color: transparent; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.danger:focus-visible { outline-color: var(--danger); }
footer { padding-inline: .25rem; font-size: .875rem; color: var(--ink-soft); }
aside { padding: 1.125rem 1.25rem; background: transparent; border-style: dashed; border-color: var(--control-line); font-size: .875rem; }
dl { margin: .75rem 0 0; display: grid; gap: .125rem; }
dt { color: var(--ink-soft); }
dd { margin: 0 0 .5rem; white-space: pre-line; }
dd:last-child { margin-block-end: 0; }
@media (min-width: 30rem) {
  .actions > * { flex: 0 1 auto; }
  [data-kind="account"] .actions > * { flex: 1 0 100%; }
}
@media (prefers-reduced-motion: no-preference) {
  .action { transition: background-color .15s ease, border-color .15s ease; }
  main { animation: appear .3s ease-out; }
  @keyframes appear { from { transform: translateY(.375rem); } }
}
@media (forced-colors: active) {
  .action, .icon { border: 1px solid; }
}
@media print {
  body { display: block; }
  .actions { display: none; }
}
`;

let digest: string | undefined;

/** The hash of the style sheet for `style-src` (CSP Level 3, hash source), so that no other style applies. */
export function styleSource(): string {
  digest ??= createHash("sha256").update(STYLE).digest("base64");
  return `'sha256-${digest}'`;
}
