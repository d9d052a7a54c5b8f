using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>The part of the configuration that changes while the server runs.</summary>
/// <param name="Sync">Who must acknowledge a commit.</param>
/// <param name="Extra">What is asked on top of that.</param>
/// <param name="Upstream">The member to stream from; null: detached.</param>
/// <param name="Feeds">Archived log may be read, as far as <see cref="Archiving.Feeder"/> allows it.</param>
/// <param name="Generation">Rises with each write, so that a session can prove which one the server has taken up.</param>
internal sealed record ServerSettings(SyncRule? Sync, SyncExtra Extra, string? Upstream, bool Feeds, long Generation)
{
    public const string GenerationName = "holdfast.generation";
    public const string UpstreamName = "holdfast.upstream";
    public const string FeedsName = "holdfast.feeds";
    public const string SyncName = "synchronous_standby_names";
    /// <summary>The rule alone, without what is asked on top of it.</summary>
    private const string RuleName = "holdfast.rule";
    private const string ExtraName = "holdfast.extra";

    private const string Yes = "yes";

    /// <summary>Reads back what <see cref="SettingsFile"/> wrote; null when there is no file.</summary>
    public static ServerSettings? Read(Layout layout) => layout.Memory.Read(layout.Settings, Parse);

    private static ServerSettings Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (SettingsText.TryParse(line, out var name, out var value))
            {
                values[name] = value;
            }
        }

        var generation = long.TryParse(
            values.GetValueOrDefault(GenerationName), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : 0;
        var upstream = values.GetValueOrDefault(UpstreamName);
        return new ServerSettings(
            SyncRuleText.Parse(values.GetValueOrDefault(RuleName) ?? values.GetValueOrDefault(SyncName)),
            SyncRuleText.ParseExtra(values.GetValueOrDefault(ExtraName)), string.IsNullOrEmpty(upstream) ? null : upstream,
            values.GetValueOrDefault(FeedsName) == Yes, generation);
    }

    /// <summary>The lines for the changing part.</summary>
    /// <param name="feedCommand">By what the server reads archived log; empty: never.</param>
    /// <param name="fixedCommand">The server reads that command only when it starts.</param>
    public ImmutableArray<(string Name, string Value)> Lines(
        Func<string, string> connectionTo, string slot, string feedCommand, bool fixedCommand) =>
    [
        (SyncName, SyncRuleText.Format(Sync ?? SyncRule.Blocked, Extra)),
        (RuleName, SyncRuleText.Format(Sync ?? SyncRule.Blocked)),
        (ExtraName, SyncRuleText.FormatExtra(Extra)),
        ("primary_conninfo", Upstream is null ? "" : connectionTo(Upstream)),
        ("primary_slot_name", Upstream is null ? "" : slot),
        ("restore_command", Feeds || fixedCommand ? feedCommand : ""),
        (FeedsName, Feeds ? Yes : ""),
        (UpstreamName, Upstream ?? ""),
        (GenerationName, Generation.ToString(CultureInfo.InvariantCulture)),
    ];
}
