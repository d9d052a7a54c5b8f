using System.Globalization;
using System.Text;
using Holdfast.Core.Quorum;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>The acknowledgement rule as <c>synchronous_standby_names</c> and back.</summary>
internal static class SyncRuleText
{
    /// <summary>A name that no standby bears: commits wait for it. No member may be called so.</summary>
    public const string NoStandby = "holdfast_blocked";

    public static string Format(SyncRule rule)
    {
        if (rule == SyncRule.None)
        {
            return "";
        }

        if (rule == SyncRule.Blocked)
        {
            return $"ANY 1 (\"{NoStandby}\")";
        }

        var names = string.Join(",", rule.Candidates.Select(Quoted));
        return $"ANY {rule.Acks} ({names})";
    }

    /// <summary>
    /// The rule with what is asked on top of it. <c>FIRST</c> waits for the first so many that are connected: with one more than k of them, and one
    /// that is no candidate at the head, at least k candidates are among them whoever is connected.
    /// </summary>
    public static string Format(SyncRule rule, SyncExtra extra)
    {
        if (rule == SyncRule.Blocked || extra == SyncExtra.None)
        {
            return Format(rule);
        }

        var names = rule.Candidates.Select(Quoted).Prepend(Quoted(extra.Hold ? NoStandby : extra.Member!));
        return $"FIRST {(extra.Hold ? rule.Candidates.Count : rule.Acks) + 1} ({string.Join(",", names)})";
    }

    /// <summary>Empty: nothing is asked.</summary>
    public static string FormatExtra(SyncExtra extra) => extra.Hold ? NoStandby : extra.Member ?? "";

    public static SyncExtra ParseExtra(string? text) => string.IsNullOrEmpty(text) ? SyncExtra.None
        : text == NoStandby ? new SyncExtra(Hold: true)
        : new SyncExtra(text);

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Null when the text is not one that <see cref="Format(SyncRule)"/> writes: somebody else's setting is not guessed at.</summary>
    public static SyncRule? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length == 0)
        {
            return SyncRule.None;
        }

        const string Prefix = "ANY ";
        var open = text.IndexOf(" (", StringComparison.Ordinal);
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || open < 0 || !text.EndsWith(')') ||
            !int.TryParse(text.AsSpan(Prefix.Length, open - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var acks))
        {
            return null;
        }

        if (Names(text[(open + 2)..^1]) is not { } names || acks < 1 || acks > names.Count)
        {
            return null;
        }

        return names is [NoStandby] ? SyncRule.Blocked : new SyncRule(names, acks);
    }

    private static List<string>? Names(string list)
    {
        var names = new List<string>();
        var position = 0;
        while (position < list.Length)
        {
            if (list[position++] != '"')
            {
                return null;
            }

            var name = new StringBuilder();
            while (true)
            {
                if (position >= list.Length)
                {
                    return null;
                }

                var character = list[position++];
                if (character != '"')
                {
                    name.Append(character);
                }
                else if (position < list.Length && list[position] == '"')
                {
                    name.Append('"');
                    position++;
                }
                else
                {
                    break;
                }
            }

            names.Add(name.ToString());
            if (position < list.Length && list[position++] != ',')
            {
                return null;
            }
        }

        return names.Count == 0 ? null : names;
    }
}
