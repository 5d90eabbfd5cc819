/** The style of /docs: light and dark, wide and narrow. */
export const docsStyle = `
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --accent: light-dark(#0b57a4, #8ab8f0); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
a { color: var(--accent); }
nav ul { columns: 20rem; list-style: none; padding: 0; }
h2 { border-bottom: 1px solid var(--line); margin-top: 3rem; }
h3 { margin-top: 2rem; }
h3 b, nav b { color: var(--accent); display: inline-block; min-width: 4rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem 1rem .3rem 0; text-align: left; vertical-align: top; }
code { font: .9em ui-monospace, monospace; }
:target { outline: 2px solid var(--accent); outline-offset: 4px; }
`;
