using System.Text.RegularExpressions;

namespace Holdfast.Verification.Relations;

/// <summary>Which tables are meant: <c>schema.name</c> or just the name, where <c>*</c> stands for anything.</summary>
internal static class NamePattern
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public static bool Fits(string pattern, RelationName name)
    {
        var text = pattern.Contains('.', StringComparison.Ordinal) ? name.ToString() : name.Name;
        return Regex.IsMatch(text, $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal)}$", RegexOptions.Singleline, Limit);
    }
}
