using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.Core.Planning;

/// <summary>A store as it would be with some facts changed, and what has to be done for that.</summary>
/// <param name="Done">Empty: it is as it is.</param>
internal sealed record WhatIf(Setting Setting, ImmutableArray<Gate> Done)
{
    /// <summary>
    /// All that can be changed without a pattern's asking for it, one with another: what a pattern lacks is said by its gates, but a loss, or a backup that
    /// nobody takes, stands in no pattern's way and yet in an objective's. What is as it is comes first.
    /// </summary>
    public static IEnumerable<WhatIf> Of(Setting setting) =>
        from backup in Backup(new WhatIf(setting, []))
        from elsewhere in Elsewhere(backup)
        from nearer in Nearer(elsewhere)
        from carried in Carried(nearer)
        select carried;

    private static IEnumerable<WhatIf> Backup(WhatIf one)
    {
        yield return one;
        if (!one.Setting.Store.HasBackup.Value)
        {
            yield return one.With(
                Gate.NoBackup(one.Setting.Store),
                store => store with { HasBackup = Fact.Derived(true, "what would do") });
        }
    }

    private static IEnumerable<WhatIf> Elsewhere(WhatIf one)
    {
        yield return one;
        var (store, backup) = (one.Setting.Store, one.Setting.Backup);
        if (store.HasBackup.Value && !backup.OffRegion.Value && store.Objectives.ContainsKey(FailureKind.Region))
        {
            var moved = backup with { OffSite = Fact.Derived(true, "what would do"), OffRegion = Fact.Derived(true, "what would do") };
            yield return one.With(
                new Gate("no backup of it is said to be in another region", "planning.backup.off-region: true, and off-site with it"),
                changed => changed with { Backup = moved });
        }
    }

    /// <summary>What a commit waits for at a distance that its budget bears: what takes as long after a failure is shorter with it.</summary>
    private static IEnumerable<WhatIf> Nearer(WhatIf one)
    {
        yield return one;
        var facts = one.Setting.Facts;
        foreach (var candidate in one.Setting.Candidates.Where(candidate => candidate.WaitsElsewhere).DistinctBy(candidate => candidate.Pattern))
        {
            if (CommitGates.Nearer(one.Setting, candidate) is var (from, to, gate) && facts.Links.Contains(from))
            {
                yield return new WhatIf(new Setting(facts with { Links = facts.Links.Replace(from, to) }, one.Setting.Store), [.. one.Done, gate]);
            }
        }
    }

    private static IEnumerable<WhatIf> Carried(WhatIf one)
    {
        yield return one;
        if (one.Setting.Link is not { } link)
        {
            yield break;
        }

        foreach (var peak in (bool[])[false, true])
        {
            var (widened, done) = LinkGates.Widened(one.Setting, link, peak);
            if (!done.IsEmpty)
            {
                var facts = one.Setting.Facts;
                yield return new WhatIf(
                    new Setting(facts with { Links = facts.Links.Replace(link, widened) }, one.Setting.Store), [.. one.Done, .. done]);
            }
        }
    }

    private WhatIf With(Gate done, Func<StoreFacts, StoreFacts> change)
    {
        var (facts, store) = (Setting.Facts, change(Setting.Store));
        return new WhatIf(new Setting(facts with { Stores = facts.Stores.Replace(Setting.Store, store) }, store), [.. Done, done]);
    }
}
