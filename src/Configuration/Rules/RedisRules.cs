using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold for a store of Redis or Valkey.</summary>
internal static class RedisRules
{
    private const string Reserved = "holdfast";

    /// <summary>Remedy by setting, where it is another than to remove it. {0} stands for the path of the store.</summary>
    private static readonly ImmutableDictionary<string, string> Remedies = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["bind"] = "remove it: {0}.members.NAME.address governs it",
        ["port"] = "remove it: {0}.members.NAME.address governs it",
        ["dir"] = "remove it: {0}.members.NAME.data governs it",
        ["requirepass"] = "remove it: {0}.redis.user and {0}.redis.password govern it",
        ["user"] = "remove it: {0}.redis.user and {0}.redis.password govern it",
        ["aclfile"] = "remove it: {0}.redis.user and {0}.redis.password govern it",
        ["rename-command"] = "remove it: what applications may not do is taken from their user",
        ["replicaof"] = "remove it: {0}.members says who there is, and Holdfast points each standby at the primary",
        ["slaveof"] = "remove it: {0}.members says who there is, and Holdfast points each standby at the primary",
        ["replica-priority"] = "remove it: {0}.members.NAME.priority governs it",
        ["slave-priority"] = "remove it: {0}.members.NAME.priority governs it",
        ["repl-backlog-size"] = "remove it: {0}.redis.backlog governs it",
        ["appendonly"] = "remove it: the log is always written; 'appendfsync' says how often it is flushed",
        ["save"] = "remove it: the log is always written, and a snapshot when the server is stopped in good order",
        ["cluster-enabled"] = "remove it: a store of this kind is one primary and its standbys",
        ["include"] = "write the settings themselves",
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    public static void Check(Entry<Section> store, Findings findings)
    {
        var section = store.Value;
        CheckObjective(section, findings);
        CheckLink(section, findings);
        foreach (var key in (Key[])[StoreKeys.Archive, StoreKeys.Backup])
        {
            if (section.IsGiven(key))
            {
                findings.Error(section.PlaceOf(key), "is not there for a store of this kind", "remove it");
            }
        }

        var own = section.Sub(RedisKeys.Section);
        CheckSettings(own, store.Place.Path, findings);
        if (own.TryGet(RedisKeys.User, out var user) && (user == "default" || user.StartsWith(Reserved, StringComparison.Ordinal)))
        {
            findings.Error(own.PlaceOf(RedisKeys.User), $"'{user}' is not free: it is a user of the server's or of Holdfast's", "give it another name");
        }
    }

    public static RedisSpec Build(Section section) => new()
    {
        BinDirectory = section.Get(RedisKeys.Bin),
        Settings = section.All(RedisKeys.Settings)
            .ToImmutableSortedDictionary(setting => setting.Name.ToLowerInvariant(), setting => setting.Value, StringComparer.Ordinal),
        ApplicationUser = section.Get(RedisKeys.User)!,
        ApplicationPassword = section.Get(RedisKeys.Password),
        BacklogMebibytes = section.Get(RedisKeys.Backlog),
    };

    /// <summary>Such a server acknowledges a write before any standby has it, and no setting makes it wait.</summary>
    private static void CheckObjective(Section section, Findings findings)
    {
        var hostLoss = section.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.HostLossKey);
        if (hostLoss.Get(ObjectivesKeys.HostLoss.Rpo) == TimeSpan.Zero)
        {
            findings.Error(
                hostLoss.PlaceOf(ObjectivesKeys.HostLoss.Rpo),
                "a store of this kind cannot promise that a lost host loses nothing: its servers acknowledge a write before a standby has it",
                $"write how much may be lost, for example 'rpo: {DurationShape.Text(section.Sub(StoreKeys.Timing).Get(TimingKeys.Lease) * 2)}'");
        }
    }

    /// <summary>No write can be made to wait for another site, so what asks for that cannot be kept.</summary>
    private static void CheckLink(Section section, Findings findings)
    {
        var siteLoss = section.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey);
        if (siteLoss.Get(ObjectivesKeys.EnforceRpo) && Places.SitesOf(section).Count > 1)
        {
            findings.Error(
                siteLoss.PlaceOf(ObjectivesKeys.EnforceRpo),
                "cannot be had for a store of this kind: its servers acknowledge a write before the other site has it",
                "remove it; 'holdfast status' shows how far the other site is behind");
        }

        var link = section.Sub(StoreKeys.SiteLink);
        if (link.TryGet(SiteLinkKeys.QueueFull, out var full) && full == QueueFullPolicy.StopWrites)
        {
            findings.Error(
                link.PlaceOf(SiteLinkKeys.QueueFull), "'stop-writes' is not there for a store of this kind",
                "write 'drop': beyond the bound the other site gets a full copy");
        }
    }

    private static void CheckSettings(Section section, string storePath, Findings findings)
    {
        var others = OwnedSettings.Check(
            section.All(RedisKeys.Settings), RedisSpec.OwnedSettings, name => OwnedSettings.Remedy(Remedies, name, storePath), findings);
        foreach (var setting in others)
        {
            if (setting.Name.StartsWith("tls-", StringComparison.OrdinalIgnoreCase))
            {
                findings.Error(
                    setting.Place, "this version does not encrypt connections of such servers", "remove it; use a network of your own between hosts");
            }
        }
    }
}
