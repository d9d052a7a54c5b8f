namespace Holdfast.Cli.Planning.Page;

/// <summary>How the page looks: in light and dark, from a telephone to a wide screen, and on paper. It has neither &lt; nor &amp;, for XML.</summary>
internal static class PageStyle
{
    public const string Css = Colours + Layout + Tables + Drawings + Elsewhere;

    private const string Colours = """
        :root { color-scheme: light dark; --ground: #ffffff; --card: #f6f8fa; --ink: #1b2430; --muted: #55616f; --rule: #d3d9e1;
          --c1: #0b62c4; --c2: #a94408; --c3: #08734e; --c4: #7a3fb0; --good: #08734e; --bad: #b5121f; --limit: #b5121f;
          --p1: #0b62c4; --p2: #b8500f; --p3: #7a3fb0; --p4: #8a6d00; --p5: #08734e; --p6: #0e7490; --p7: #be185d; --p8: #64748b; --p9: #4d7c0f; }
        @media (prefers-color-scheme: dark) { :root { --ground: #11161d; --card: #1a212b; --ink: #e7ecf2; --muted: #a3afbd; --rule: #364150;
          --c1: #6db3ff; --c2: #ffa45c; --c3: #4fd1a0; --c4: #c79bff; --good: #4fd1a0; --bad: #ff8080; --limit: #ff8080;
          --p1: #6db3ff; --p2: #ffa45c; --p3: #c79bff; --p4: #e3c341; --p5: #4fd1a0; --p6: #4cc9e0; --p7: #ff86b7; --p8: #a3afbd; --p9: #a8d65c; } }

        """;

    private const string Layout = """
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.5rem 0; }
        h2 { font-size: 1.35rem; border-top: 3px solid var(--rule); padding-top: 1.2rem; margin: 2.5rem 0 0.5rem; }
        h2 small { color: var(--muted); font-size: 1rem; font-weight: normal; }
        h3 { font-size: 1.1rem; margin: 1.8rem 0 0.5rem; }
        h4 { font-size: 1rem; margin: 0 0 0.4rem; }
        p { margin: 0.5rem 0; max-width: 60rem; }
        a { color: var(--c1); }
        footer, .note, small { color: var(--muted); }
        footer { margin-top: 2rem; font-size: 0.9rem; }
        .verdict { font-size: 1.1rem; }
        .badge { display: inline-block; white-space: nowrap; font-weight: 600; border: 1.5px solid var(--muted); border-radius: 0.3rem;
          padding: 0 0.4rem; color: var(--muted); }
        .badge.good { color: var(--good); border-color: var(--good); }
        .badge.bad { color: var(--bad); border-color: var(--bad); }
        .misses, .changes { padding-left: 1.2rem; max-width: 60rem; }
        dl { margin: 0.5rem 0; }
        dl div { display: grid; grid-template-columns: 9rem 1fr; gap: 0 1rem; padding: 0.2rem 0; }
        dt { color: var(--muted); }
        dd { margin: 0; max-width: 52rem; }

        """;

    private const string Tables = """
        table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; font-size: 0.92rem; }
        caption { text-align: left; color: var(--muted); padding: 0.2rem 0; }
        th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--rule); }
        thead th { color: var(--muted); font-weight: 600; border-bottom: 2px solid var(--rule); }
        tbody th { font-weight: 600; }
        th, td { overflow-wrap: break-word; }
        thead th:first-child { min-width: 7rem; }
        td:last-child, th a, .numbers th { overflow-wrap: anywhere; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        tbody .number { white-space: nowrap; }
        tr.chosen { background: var(--card); box-shadow: inset 0.25rem 0 var(--c1); }
        tr.missed { box-shadow: inset 0.25rem 0 var(--bad); }
        tr.closed th, tr.closed td { color: var(--muted); }
        .scores th, .scores td { padding-left: 0.3rem; padding-right: 0.3rem; }
        .scores td:last-child { min-width: min(17rem, 100%); }
        tr.assumed td:nth-child(4) { font-style: italic; }
        .reasons, .parts, .legend { list-style: none; margin: 0; padding: 0; }
        .reasons li + li { margin-top: 0.2rem; }
        td .note { margin: 0; }
        svg { display: block; }
        svg.bar { width: 100%; max-width: 22rem; height: 0.8rem; margin: 0.2rem 0; }
        .parts { display: flex; flex-wrap: wrap; gap: 0 1rem; }
        .chip { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.35rem; }

        """;

    private const string Drawings = """
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
        figure { margin: 0; max-width: 36rem; padding: 0.6rem; background: var(--card); border: 1px solid var(--rule); border-radius: 0.4rem; }
        figure svg { width: 100%; height: auto; }
        figcaption { font-size: 0.9rem; color: var(--muted); margin-top: 0.4rem; }
        .legend { font-size: 0.9rem; display: flex; flex-wrap: wrap; gap: 0.1rem 1.2rem; }
        .legend li { display: flex; align-items: center; gap: 0.4rem; }
        .legend svg { width: 2rem; flex: none; }
        text { font: 14px system-ui, sans-serif; fill: var(--ink); }
        text.tick, text.axis-title { fill: var(--muted); }
        text.label { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
        text.strong { font-weight: 700; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .axis { stroke: var(--muted); stroke-width: 1.5; }
        .line-1, .line-2, .line-3, .line-4, .limit, .wanted { fill: none; stroke-width: 2.5; }
        .line-1 { stroke: var(--c1); }
        .line-2 { stroke: var(--c2); stroke-dasharray: 9 4; }
        .line-3 { stroke: var(--c3); }
        .line-4 { stroke: var(--c4); stroke-dasharray: 3 3; }
        .limit { stroke: var(--limit); stroke-dasharray: 12 4 2 4; }
        .wanted { stroke: var(--muted); stroke-dasharray: 2 4; }
        .sign.full { fill: var(--ink); }
        .sign.open { fill: var(--card); stroke: var(--ink); stroke-width: 2; }
        .ring { fill: none; stroke: var(--c1); stroke-width: 3; }
        .bar-chosen { fill: var(--c1); }
        .bar-open { fill: var(--muted); }
        .bar-closed { fill: none; stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 4 3; }
        .part-detect { fill: var(--p1); background: var(--p1); }
        .part-decide { fill: var(--p2); background: var(--p2); }
        .part-fence { fill: var(--p3); background: var(--p3); }
        .part-provision { fill: var(--p4); background: var(--p4); }
        .part-restore { fill: var(--p5); background: var(--p5); }
        .part-replay { fill: var(--p6); background: var(--p6); }
        .part-promote { fill: var(--p7); background: var(--p7); }
        .part-redirect { fill: var(--p8); background: var(--p8); }
        .part-verify { fill: var(--p9); background: var(--p9); }
        .part-wait { fill: var(--p4); background: var(--p4); }

        """;

    private const string Elsewhere = """
        @media screen and (max-width: 52rem) {
          table, caption, tbody, tr, th, td { display: block; }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tr { padding: 0.5rem 0 0.5rem 0.6rem; border-bottom: 2px solid var(--rule); }
          th, td, tbody .number { border: 0; padding: 0.1rem 0; text-align: left; white-space: normal; }
          td { display: grid; grid-template-columns: 8rem 1fr; gap: 0 0.8rem; }
          td::before { content: attr(data-label); color: var(--muted); }
          .scores td:last-child { min-width: 0; }
          dl div { display: block; }
        }
        @media print {
          :root { color-scheme: light; --ground: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444444; --rule: #bbbbbb;
            --c1: #0b62c4; --c2: #a94408; --c3: #08734e; --c4: #7a3fb0; --good: #08734e; --bad: #b5121f; --limit: #b5121f;
            --p1: #0b62c4; --p2: #b8500f; --p3: #7a3fb0; --p4: #8a6d00; --p5: #08734e; --p6: #0e7490; --p7: #be185d; --p8: #64748b; --p9: #4d7c0f; }
          body { max-width: none; font-size: 10pt; }
          .chip, rect { print-color-adjust: exact; }
          figure, tr { break-inside: avoid; }
          h2, h3, h4 { break-after: avoid; }
        }

        """;
}
