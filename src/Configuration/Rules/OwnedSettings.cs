using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;

namespace Holdfast.Configuration.Rules;

/// <summary>What holds of the settings that a user gives to the servers of any engine.</summary>
internal static class OwnedSettings
{
    public const string Always = "Holdfast sets it itself: remove it";

    /// <param name="remedies">By setting, where it is another than to remove it. {0} stands for the path of the store.</param>
    public static string Remedy(ImmutableDictionary<string, string> remedies, string setting, string storePath) =>
        remedies.GetValueOrDefault(setting, Always).Replace("{0}", storePath, StringComparison.Ordinal);

    /// <summary>Names what is given twice, and what Holdfast sets itself; the other settings are returned.</summary>
    public static IEnumerable<Entry<T>> Check<T>(
        IEnumerable<Entry<T>> settings, ImmutableSortedSet<string> owned, Func<string, string> remedy, Findings findings)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            if (!seen.Add(setting.Name))
            {
                findings.Error(setting.Place, "is given twice, in different cases", "keep one of the two");
            }
            else if (owned.Contains(setting.Name))
            {
                findings.Error(setting.Place, "belongs to Holdfast", remedy(setting.Name));
            }
            else
            {
                yield return setting;
            }
        }
    }
}
