namespace Holdfast.Verification.Rows;

/// <summary>Collections in which equal things count as often as they occur.</summary>
internal static class Multiset
{
    /// <summary>What is left of <paramref name="these"/> when each of <paramref name="those"/> has taken away one that is equal to it.</summary>
    public static List<T> Surplus<T, TKey>(IEnumerable<T> these, IEnumerable<T> those, Func<T, TKey> content) where TKey : notnull
    {
        var taken = those.CountBy(content).ToDictionary(pair => pair.Key, pair => pair.Value);
        var left = new List<T>();
        foreach (var one in these)
        {
            var key = content(one);
            if (taken.GetValueOrDefault(key) is var count and > 0)
            {
                taken[key] = count - 1;
            }
            else
            {
                left.Add(one);
            }
        }

        return left;
    }
}
