"""How a report looks: in dark and light, on a telephone, on paper."""

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 0 auto; padding: 1rem; }
a { color: var(--focus); }
h1 { margin: .5rem 0; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--rule); }
p { max-width: 46rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; padding: 0; margin: .5rem 0; }
section > svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
.scroll { overflow-x: auto; margin: 1rem 0; }
.scroll table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.scroll caption { text-align: left; font-weight: 600; padding: .3rem 0; }
.scroll th, .scroll td { padding: .3rem .7rem; border-bottom: 1px solid var(--rule); text-align: right;
  vertical-align: top; }
.scroll thead th { vertical-align: bottom; background: var(--raised); }
.scroll th:first-child { text-align: left; font-weight: 500; overflow-wrap: anywhere; min-width: 7rem; }
.scroll td { white-space: nowrap; }
.scroll tbody th { position: sticky; left: 0; background: var(--paper); }
.scroll td code { white-space: normal; text-align: left; display: block; max-width: 50rem; }
.scroll small { display: block; color: var(--faint); white-space: nowrap; }
section > details { border: 1px solid var(--rule); border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
section > details > summary { cursor: pointer; overflow-wrap: anywhere; }
summary span { color: var(--faint); }
.gap { color: var(--faint); font-style: italic; text-align: center; max-width: none; }
@media (max-width: 40rem) {
  body { padding: .6rem; }
  .scroll table { font-size: .85rem; }
  .scroll th, .scroll td { padding: .3rem .45rem; }
  .scroll th:first-child { min-width: 5.5rem; }
}
@media print { .scroll { overflow: visible; } }
"""
"""The style sheet, behind that of the lines (`copytaster.dumps.markup.STYLE`), whose variables it uses."""
