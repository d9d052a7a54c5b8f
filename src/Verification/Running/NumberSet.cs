using System.Globalization;

namespace Holdfast.Verification.Running;

/// <summary>A set of small numbers that is mostly whole runs, and its text form <c>0-12,15</c>.</summary>
internal sealed class NumberSet
{
    private readonly SortedSet<int> _numbers = [];

    public int Count => _numbers.Count;

    public static NumberSet Parse(string text)
    {
        var set = new NumberSet();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            var (from, to) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
            set._numbers.UnionWith(Enumerable.Range(from, to - from + 1));
        }

        return set;
    }

    public bool Contains(int number) => _numbers.Contains(number);
    public void Add(int number) => _numbers.Add(number);

    public override string ToString()
    {
        var runs = new List<string>();
        int? from = null;
        var last = 0;
        foreach (var number in _numbers)
        {
            if (from is { } begun && number != last + 1)
            {
                runs.Add(Run(begun, last));
                from = number;
            }

            from ??= number;
            last = number;
        }

        if (from is { } open)
        {
            runs.Add(Run(open, last));
        }

        return string.Join(',', runs);
    }

    private static string Run(int from, int to) => from == to ? $"{from}" : $"{from}-{to}";
}
