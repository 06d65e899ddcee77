/** The style of all pages: one column, light and dark color schemes. Pages have no scripts and load nothing remote. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: #f3f1ec;
  --card: #fffefb;
  --text: #24211c;
  --quiet: #635d52;
  --line: #d9d3c7;
  --hover: #f4f0e6;
  --accent: #24594f;
  --on-accent: #ffffff;
  --alarm: #9a2b1f;
  --shadow: 0 1px 2px rgb(36 33 28 / 8%), 0 8px 28px rgb(36 33 28 / 8%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #171613;
    --card: #211f1b;
    --text: #ece8df;
    --quiet: #b0a999;
    --line: #403c34;
    --hover: #2b2823;
    --accent: #8fd0c0;
    --on-accent: #10231f;
    --alarm: #f0a095;
    --shadow: none;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  min-height: 100vh;
  margin: 0;
  padding: 1.5rem 1rem;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: 1rem;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
header, main, footer { width: 100%; max-width: 30rem; }
header p, footer p { margin: 0; text-align: center; font-size: .8125rem; color: var(--quiet); }
main {
  padding: 2rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1rem;
  box-shadow: var(--shadow);
}
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; font-weight: 600; }
h2 { margin: 1.5rem 0 .25rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); }
code { font-size: .875em; }
ul, dl { margin: 1rem 0; padding: 0; list-style: none; }
dt { font-size: .8125rem; color: var(--quiet); }
dd { margin: 0 0 .5rem; }
main > :last-child, main > form > :last-child { margin-bottom: 0; }
.quiet { color: var(--quiet); font-size: .875rem; }
.alarm { color: var(--alarm); font-weight: 600; }
.accounts { margin: 1.25rem -0.75rem; }
.accounts li + li { border-top: 1px solid var(--line); }
.account {
  width: 100%;
  padding: .75rem;
  display: flex;
  align-items: center;
  gap: .875rem;
  border: 0;
  border-radius: .5rem;
  background: none;
  color: inherit;
  font: inherit;
  text-align: left;
  cursor: pointer;
}
.account:hover { background: var(--hover); }
.account > span { min-width: 0; }
.account .quiet, .who .quiet { display: block; }
.account .state { margin-left: auto; flex: none; }
.initials {
  flex: none;
  width: 2.5rem;
  height: 2.5rem;
  display: grid;
  place-items: center;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  font-size: .875rem;
  font-weight: 600;
}
.who { display: flex; align-items: center; gap: .875rem; margin: 1.25rem 0; }
.who > span { min-width: 0; }
.who form { margin-left: auto; flex: none; }
fieldset { margin: 1.25rem 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; }
.scope { display: flex; gap: .875rem; padding: .75rem 0; border-bottom: 1px solid var(--line); cursor: pointer; }
.scope input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent); }
.scope .quiet { display: block; font-size: .8125rem; }
.actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: .75rem; margin-top: 1.5rem; }
.button {
  padding: .625rem 1.375rem;
  border: 1px solid var(--line);
  border-radius: 2rem;
  background: none;
  color: var(--accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
.button:hover { background: var(--hover); }
.button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button.primary:hover { filter: brightness(1.1); }
.button.small { padding: .25rem .75rem; font-size: .875rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 26rem) {
  main { padding: 1.5rem 1.25rem; }
  .who { flex-wrap: wrap; }
  .account .state { display: none; }
}
`;
