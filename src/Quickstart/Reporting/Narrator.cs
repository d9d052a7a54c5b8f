using System.Text;
using Holdfast.Quickstart.Watching;
using Spectre.Console;

namespace Holdfast.Quickstart.Reporting;

/// <summary>Tells people what happens, line by line, with the seconds since the beginning; no colour where there is no terminal.</summary>
internal sealed class Narrator
{
    private const int Columns = 100;
    private const int Indent = 10;
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();

    public Narrator(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _time = time;
        _start = time.GetTimestamp();
        console.Profile.Width = console.Profile.Out.IsTerminal ? Math.Clamp(console.Profile.Width, 40, Columns) : Columns;
    }

    public static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.00} s";

    /// <summary>A new part of the story.</summary>
    public void Heading(string text) => Write(Environment.NewLine + Markup.Escape(text), "bold");

    /// <summary>Something happens now.</summary>
    public void Say(string text) => Write(Lines($"{_time.GetElapsedTime(_start).TotalSeconds,7:0.0} s ", text), null);

    /// <summary>Something is not as it must be.</summary>
    public void Complain(string text) => Write(Lines($"{_time.GetElapsedTime(_start).TotalSeconds,7:0.0} s ", text), "red");

    /// <summary>What a fault showed.</summary>
    public void Result(FaultResult result)
    {
        if (result.Change is { } change)
        {
            Say($"epoch {change.Epoch}: {change.From ?? "nobody"} -> {change.To} by {change.Rule}: {change.Reason}{Breakdown(change)}");
        }

        if (result.Move is { } move)
        {
            Say($"{move.Kind} {move.From} -> {move.To}: {string.Join(", ", move.Steps.Select(Took))}");
            foreach (var step in move.Steps.Where(step => step.Step is "verify-before" or "verify"))
            {
                Say($"{step.Step}: {step.Detail ?? step.State}");
            }
        }

        var healthy = result.HealthyAfterSeconds is { } seconds ? $"all healthy after {seconds:0.00} s" : "not healthy";
        var lost = result.Lost?.ToString("N0") ?? "unknown";
        Say($"outage {result.OutageSeconds:0.000} s, {result.Acknowledged:N0} acknowledged, {lost} lost, {healthy}");
        if (result.Second is { } second)
        {
            var gone = second.Lost?.ToString("N0") ?? "unknown";
            Say($"{second.Store}: outage {second.OutageSeconds:0.000} s, {second.Acknowledged:N0} acknowledged, {gone} lost" +
                (second.Move is { } its ? $"; {string.Join(", ", its.Steps.Select(Took))}" : ""));
        }

        foreach (var problem in result.Problems)
        {
            Complain("PROBLEM " + problem);
        }
    }

    /// <summary>The report at the end.</summary>
    public void Table(IEnumerable<FaultResult> results, int rounds)
    {
        var table = new Table { Border = _console.Profile.Out.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn("fault");
        foreach (var column in new[] { "outage s", "commits", "lost", "reported", "verified", "healthy s", "passed" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var result in results)
        {
            table.AddRow(
                result.Fault,
                $"{result.OutageSeconds:0.000}",
                $"{result.Acknowledged:N0}",
                result.Lost?.ToString("N0") ?? "?",
                result.ReportedLost?.ToString("N0") ?? "",
                result.Verified switch { true => "yes", false => "[red]NO[/]", null => "" },
                result.HealthyAfterSeconds is { } seconds ? $"{seconds:0.00}" : "never",
                result.Problems.IsEmpty ? "[green]yes[/]" : "[red]NO[/]");
            if (result.Second is { } second)
            {
                table.AddRow(
                    $"  {second.Store}", $"{second.OutageSeconds:0.000}", $"{second.Acknowledged:N0}", second.Lost?.ToString("N0") ?? "?",
                    second.ReportedLost?.ToString("N0") ?? "", "", "", "");
            }
        }

        lock (_lock)
        {
            _console.WriteLine();
            _console.Write(table);
            _console.WriteLine(
                "Outage: the writer's longest wait between two commits (of sessions: keys). Commits: acknowledged meanwhile. Lost: of those " +
                "that were ever acknowledged, missing now. Reported: of the lost, named by 'holdfast loss'. Verified: the " +
                "sites compared by checksum. Healthy: until all members were." +
                (rounds > 1 ? $" Times are medians of {rounds} rounds, rows are sums." : ""));
        }
    }

    /// <summary>Text as it is, each line by itself, unwrapped so that it can be copied.</summary>
    public void Plain(string text)
    {
        lock (_lock)
        {
            _console.Profile.Out.Writer.WriteLine(text);
        }
    }

    private static string Took(AgentStep step) =>
        step.State == "done" ? $"{step.Step} {step.TookMs ?? 0:N0} ms" : $"{step.Step} {step.State}";

    private static string Breakdown(HistoryEntry change)
    {
        (string What, double? Ms)[] steps =
        [
            ("detected", change.DetectedMs), ("promised", change.PromisedMs), ("elected", change.ElectedMs),
                ("promoted", change.PromotedMs),
            ("first commit", change.FirstCommitMs),
        ];
        var known = steps.Where(step => step.Ms is not null).Select(step => $"{step.What} {step.Ms:0} ms").ToArray();
        return known.Length == 0 ? "" : $" ({string.Join(", ", known)})";
    }

    private string Lines(string head, string text)
    {
        var lines = new StringBuilder(head);
        var column = Indent;
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > Indent && column + word.Length + 1 > _console.Profile.Width)
            {
                lines.Append(Environment.NewLine).Append(' ', Indent);
                column = Indent;
            }

            lines.Append(column > Indent ? " " : "").Append(word);
            column += word.Length + 1;
        }

        return Markup.Escape(lines.ToString());
    }

    private void Write(string escaped, string? style)
    {
        lock (_lock)
        {
            _console.MarkupLine(style is null ? escaped : $"[{style}]{escaped}[/]");
        }
    }
}
