/** The style of the catalogue: light and dark, wide and narrow. */
export const catalogueStyle = `
:root {
  color-scheme: light dark;
  --back: light-dark(#fff, #16181c); --card: light-dark(#f7f8fa, #1e2126); --line: light-dark(#dcdfe4, #383d45);
  --text: light-dark(#1b1f24, #e4e7eb); --quiet: light-dark(#57606a, #9aa4b0); --accent: light-dark(#0b57a4, #8ab8f0);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { background: var(--back); color: var(--text); font: 15px/1.55 system-ui, sans-serif; margin: 0; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { font-size: 1.2rem; margin: 0 0 1rem; }
h2 { font-size: 1.6rem; margin: 0; }
h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
h3 b { color: var(--accent); }
h4 { margin: 1.25rem 0 0; }
p { margin: .25rem 0 .75rem; max-width: 75ch; }
small { color: var(--quiet); }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
p code, h3 code { overflow-wrap: anywhere; }
pre { background: var(--back); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; padding: .75rem; }
nav { border-bottom: 1px solid var(--line); padding: 1rem; }
nav summary { cursor: pointer; font-weight: 600; margin-top: .75rem; }
nav ul { font-size: .85rem; list-style: none; margin: .25rem 0; padding-left: 1rem; }
nav li a { color: var(--text); overflow-wrap: anywhere; }
nav b { color: var(--accent); font-size: .75rem; }
main { padding: 1rem; }
section { margin-bottom: 4rem; }
section > header { border-bottom: 2px solid var(--accent); margin-bottom: 1rem; }
section > h3 { margin-top: 2rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; padding: 1rem; }
article article { border: 0; margin: 0; padding: 0; }
article article > h3 { color: var(--quiet); font-size: .8rem; font-weight: 400; }
article summary { cursor: pointer; }
table { border-collapse: collapse; display: block; margin: .5rem 0; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem 1rem .3rem 0; text-align: left; vertical-align: top; }
th { color: var(--quiet); font-size: .8rem; font-weight: 400; }
:target { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  nav { border-bottom: 0; border-right: 1px solid var(--line); height: 100vh; overflow-y: auto; position: sticky; top: 0; }
  main { max-width: 72rem; padding: 1.5rem 2.5rem; }
}
@media (max-width: 60rem) { nav ul { display: none; } }
@media print { nav { display: none; } }
`;
