using System.Text.RegularExpressions;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;
using Holdfast.Verification;
using Holdfast.Verification.Results;

namespace Holdfast.Cli.Verify;

/// <summary>What a comparison says to people: how far it is, and its outcome.</summary>
internal sealed partial class VerifyScreen(Terminal terminal, TimeProvider time) : IProgress<VerifyProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private const string NoBreak = "\u00a0";
    private readonly Progress _progress = new(terminal, time);
    private readonly Lock _gate = new();
    private long? _shownAt;

    public void Begin(string store, IEnumerable<string> members, VerifyOptions options)
    {
        var pace = (options.Share < 1, options.Rate) switch
        {
            (false, null) => "without a pause",
            (true, null) => $"in {options.Share * 100:0.#} % of the time",
            (false, { } rate) => $"at {Amounts.Bytes(rate)}/s at most",
            (true, { } rate) => $"in {options.Share * 100:0.#} % of the time, at {Amounts.Bytes(rate)}/s at most",
        };
        Wrapped("", $"comparing {string.Join(", ", members)} of {store}, {pace}, {Count(options.Jobs, "chunk")} at a time", "");
    }

    public void Report(VerifyProgress value)
    {
        lock (_gate)
        {
            if (_shownAt is { } at && time.GetElapsedTime(at) < Interval)
            {
                return;
            }

            _shownAt = time.GetTimestamp();
            var share = value.TotalBytes == 0 ? 100 : Math.Min(100, value.Bytes * 100.0 / value.TotalBytes);
            var tables = value.TotalTables == 0 ? "" : $", {value.Tables} of {Count(value.TotalTables, "table")}";
            var found = value.Differences == 0 ? "" : $", {Count(value.Differences, "difference")}";
            _progress.Show(
                $"{share:0} %, {Amounts.Bytes(value.Bytes)} of {Amounts.Bytes(value.TotalBytes)}{tables}{found}" +
                (value.Table is null ? "" : $", {value.Table}"));
        }
    }

    public void End(VerifyResult result)
    {
        EndLine();
        foreach (var difference in result.Differences)
        {
            terminal.Line($"{Terminal.Styled("different", "red")}  {Terminal.Safe(Line(difference))}");
        }

        if (result.DifferenceCount > result.Differences.Length)
        {
            terminal.Plain($"… and {result.DifferenceCount - result.Differences.Length} more");
        }

        foreach (var what in result.Undecided)
        {
            terminal.Line($"{Terminal.Styled("undecided", "yellow")}  {Terminal.Safe(what)}");
        }

        foreach (var what in result.LeftOut)
        {
            terminal.Plain($"left out   {what}");
        }

        var (word, style) = result.Verdict switch
        {
            VerifyVerdict.Equal => ("equal", "green"),
            VerifyVerdict.Different => (Count(result.DifferenceCount, "difference"), "red"),
            _ => ("no difference, but not everything could be compared", "yellow"),
        };
        var others = result.Members.Where(member => member.Name != result.Reference).Select(member => member.Name);
        Wrapped(
            word,
            $": {result.Reference} and {string.Join(", ", others)}; " +
            $"{Contents(result)}, {Amounts.Bytes(result.Bytes)} in {result.Seconds:0.0} s, " +
            $"{result.Rechecked} of {Count(result.Chunks, "chunk")} looked at again, up to {result.Members[0].Position}",
            style);
    }

    /// <summary>Ends the line of progress, also when the comparison ended early.</summary>
    public void EndLine()
    {
        lock (_gate)
        {
            _progress.End();
        }
    }

    public static string Line(Difference difference)
    {
        var where = string.Join(", ", new[] { difference.Database, difference.Table, difference.Key }.OfType<string>());
        var columns = difference.Columns.IsEmpty ? "" : $" ({string.Join(", ", difference.Columns)})";
        return $"{difference.Member}: {where}: {Kind(difference.Kind)}{columns}; {difference.Detail}";
    }

    /// <summary>As many lines as it takes; the first begins with <paramref name="head"/> in the style.</summary>
    private void Wrapped(string head, string text, string style)
    {
        var whole = AmountBlank().Replace(head + text, NoBreak);
        var lines = TextFlow.Hanging("", whole, 0, 0, terminal.Width - 2).Select(line => line.Replace(NoBreak, " ", StringComparison.Ordinal)).ToList();
        terminal.Line(Terminal.Styled(lines[0][..head.Length], style) + Terminal.Safe(lines[0][head.Length..]));
        foreach (var line in lines.Skip(1))
        {
            terminal.Line(Terminal.Safe($"  {line}"));
        }
    }

    // No line ends between a number and what it counts.
    [GeneratedRegex(@"(?<=\d) (?=[A-Za-z%])")]
    private static partial Regex AmountBlank();

    private static string Contents(VerifyResult result) => result.Keys is { } keys
        ? $"{Count(result.Databases, "database")}, {Count(keys, "key")}"
        : $"{Count(result.Tables, "table")}, {Count(result.Sequences, "sequence")}, {Count(result.Rows, "row")}";

    private static string Count(long number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static string Kind(DifferenceKind kind) => kind switch
    {
        DifferenceKind.ChangedValue => "changed value",
        DifferenceKind.MissingRow => "missing row",
        DifferenceKind.ExtraRow => "extra row",
        DifferenceKind.MissingKey => "missing key",
        DifferenceKind.ExtraKey => "extra key",
        DifferenceKind.MissingTable => "missing table",
        DifferenceKind.ExtraTable => "extra table",
        DifferenceKind.Definition => "other definition",
        DifferenceKind.MissingDatabase => "missing database",
        DifferenceKind.ExtraDatabase => "extra database",
        DifferenceKind.SequenceBehind => "sequence behind",
        DifferenceKind.SequenceAhead => "sequence ahead",
        _ => "unreadable",
    };
}

