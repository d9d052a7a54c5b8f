namespace Holdfast.Configuration;

/// <summary>Finds the known word that an unknown one was probably meant to be.</summary>
internal static class DidYouMean
{
    /// <summary>The nearest candidate, or null when none is near: more than a third of the letters would have to change.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var normal = Normal(word);
        var best = candidates
            .Select(candidate => (Candidate: candidate, Distance: Distance(normal, Normal(candidate))))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Candidate is not null && best.Distance <= Math.Max(1, normal.Length / 3) ? best.Candidate : null;
    }

    /// <summary>"did you mean 'x'?", or the whole choice.</summary>
    public static string Remedy(string word, IReadOnlyCollection<string> candidates, string introduction) =>
        Nearest(word, candidates) is { } near ? $"did you mean '{near}'?" : $"{introduction} {string.Join(", ", candidates)}";

    private static string Normal(string word) => (word.Length > 64 ? word[..64] : word).ToLowerInvariant().Replace('_', '-');

    // Insertions, deletions, changes and swaps of neighbours (optimal string alignment).
    private static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (var j = 0; j <= to.Length; j++)
        {
            cost[0, j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var change = from[i - 1] == to[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1), cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[from.Length, to.Length];
    }
}
