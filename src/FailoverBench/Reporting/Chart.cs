using System.Security;
using System.Text;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>The outages as a chart: a group of bars for each fault, on a logarithmic scale, for they differ by two orders of magnitude.</summary>
internal static class Chart
{
    private const int Width = 860;
    private const int Left = 190;
    private const int Right = 110;
    private const int Top = 64;
    private const int Bar = 18;
    private const int Gap = 4;
    private const int GroupGap = 30;
    private const double Least = 0.01;
    private const double Most = 200;
    private const double Beyond = 120;
    private static readonly double[] Lines = [0.01, 0.1, 1, 10, 100];

    public static string Write(Report report)
    {
        var groups = report.Faults.Select(fault => (Fault: fault, Bars: report.Systems
            .Select(system => (system.Key, Outage: report.Outage(system.Key, fault))).Where(bar => bar.Outage is not null).ToArray())).ToArray();
        var height = Top + groups.Sum(group => (group.Bars.Length * (Bar + Gap)) + GroupGap) + 40;
        var text = new StringBuilder();
        var caption = Escape($"medians of {report.Rounds} rounds, {report.Machine.Date}, {report.Machine.Hardware}");
        text.AppendLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" role="img">""")
            .AppendLine("""<g font-family="sans-serif" font-size="12">""")
            .AppendLine($"""<title>Outage at the client, by fault and system</title><rect width="{Width}" height="{height}" fill="#ffffff"/>""")
            .AppendLine("""<text x="16" y="24" font-size="16" fill="#1a1a1a">Outage at the client (seconds, logarithmic; shorter is better)</text>""")
            .AppendLine($"""<text x="16" y="42" fill="#666666">{caption}</text>""");
        foreach (var line in Lines)
        {
            text.AppendLine($"""<line x1="{X(line):0.#}" y1="{Top - 8}" x2="{X(line):0.#}" y2="{height - 30}" stroke="#dddddd"/>""")
                .AppendLine($"""<text x="{X(line):0.#}" y="{height - 14}" text-anchor="middle" fill="#666666">{line:0.##} s</text>""");
        }

        var y = Top;
        foreach (var (fault, bars) in groups)
        {
            text.AppendLine($"""<text x="16" y="{y + 8}" font-weight="bold" fill="#1a1a1a">{Escape(fault)}</text>""");
            y += 16;
            foreach (var (key, outage) in bars)
            {
                var seconds = double.IsFinite(outage!.Value) ? outage.Value : Beyond;
                text.AppendLine($"""<text x="{Left - 8}" y="{y + 13}" text-anchor="end" fill="#1a1a1a">{Escape(Figures.Name(key))}</text>""")
                    .AppendLine($"""<rect x="{Left}" y="{y}" width="{Math.Max(1, X(seconds) - Left):0.#}" height="{Bar}" fill="{Colour(key)}"/>""")
                    .AppendLine($"""<text x="{X(seconds) + 6:0.#}" y="{y + 13}" fill="#1a1a1a">{Escape(Figures.Seconds(outage))}</text>""");
                y += Bar + Gap;
            }

            y += GroupGap - 16;
        }

        return text.AppendLine("</g></svg>").ToString();
    }

    private static double X(double seconds) =>
        Left + ((Width - Left - Right) * Math.Log(Math.Clamp(seconds, Least, Most) / Least) / Math.Log(Most / Least));

    private static string Colour(string system) => system switch
    {
        SystemCatalogue.PostgreSql or SystemCatalogue.Redis => "#9aa5b1",
        SystemCatalogue.Holdfast => "#0b6e4f",
        SystemCatalogue.HoldfastGate or SystemCatalogue.HoldfastTight => "#3a9d7c",
        SystemCatalogue.Patroni or SystemCatalogue.Sentinel => "#b5542b",
        SystemCatalogue.PatroniTight or SystemCatalogue.SentinelTight => "#d98b64",
        SystemCatalogue.AutoFailover => "#4a5fa5",
        _ => "#8896cc",
    };

    private static string Escape(string text) => SecurityElement.Escape(text);
}
