using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What a candidate makes of every kind of failure.</summary>
internal static class Outcomes
{
    public static ImmutableArray<Outcome> Of(Setting setting, Candidate candidate) =>
        [.. Enum.GetValues<FailureKind>().Select(failure => Of(setting, candidate, failure))];

    private static Outcome Of(Setting setting, Candidate candidate, FailureKind failure)
    {
        var (loss, recovery) = failure switch
        {
            FailureKind.Process => candidate.HasSuccessor
                ? (LossBound.OfHost(setting, candidate, isWholeHost: false), Recoveries.ByMember(setting, candidate, isWholeHost: false))
                : (LossBound.OfRestart(setting), Recoveries.InPlace(setting, candidate)),
            FailureKind.Host => OfHost(setting, candidate),
            FailureKind.Site => OfSite(setting, candidate),
            FailureKind.Link => (new LossBound(TimeSpan.Zero, "each side keeps what it has"), Recoveries.OfLink(setting, candidate)),
            FailureKind.Region => OfRegion(setting, candidate),
            FailureKind.OperatorError => (
                LossBound.OfHistory(setting, setting.Backup.OffSite.Value), Recoveries.FromRepository(setting, candidate, needsHosts: false)),
            _ => candidate.Copies > 1
                ? (LossBound.OfCopy(setting, candidate), Recoveries.ByChoice(setting, candidate))
                : FromRepository(setting, candidate, needsHosts: false),
        };
        // What is behind by a year was never there.
        var lost = loss.Time >= Duration.Year ? null : loss.Time;
        return new Outcome(failure, lost, loss.Why, recovery?.Total >= Duration.Year ? null : recovery, setting.Store.Objectives.GetValueOrDefault(failure))
        {
            LossChange = loss.Change,
        };
    }

    private static (LossBound Loss, RecoveryTime? Recovery) OfHost(Setting setting, Candidate candidate) => candidate switch
    {
        { HasSuccessor: true } => (LossBound.OfHost(setting, candidate, isWholeHost: true), Recoveries.ByMember(setting, candidate, isWholeHost: true)),
        // The only host of a site is the site, but for the repository there, which outlives it.
        { Readiness: Readiness.Hot or Readiness.Warm or Readiness.PilotLight } => OfSite(setting, candidate),
        _ => FromRepository(setting, candidate, needsHosts: true),
    };

    private static (LossBound Loss, RecoveryTime? Recovery) OfSite(Setting setting, Candidate candidate) => candidate.UsesOtherSite
        ? (LossBound.OfSite(setting, candidate), Recoveries.ByOtherSite(setting, candidate))
        : (LossBound.OfSite(setting, candidate), null);

    private static (LossBound Loss, RecoveryTime? Recovery) OfRegion(Setting setting, Candidate candidate)
    {
        if (candidate is { UsesOtherSite: true, Pattern: not DataPattern.Backup } && setting.OtherOrAssumed.Region != setting.Active.Region)
        {
            // A third place that goes with the region leaves the other site with what had arrived there, and one quorum over three places without a majority.
            var nearIsLost = candidate.UsesNear && setting.NearOrAssumed.Region == setting.Active.Region;
            if (nearIsLost && candidate.IsSpread)
            {
                return (LossBound.OfRest(setting), Recoveries.ByRest(setting, candidate));
            }

            if (candidate is { Readiness: Readiness.Hot, IsSpread: false } && !HasMajorityElsewhere(setting, candidate))
            {
                candidate = candidate with { Readiness = Readiness.Warm };
            }

            return OfSite(setting, nearIsLost ? candidate with { Pattern = DataPattern.Asynchronous } : candidate);
        }

        return setting.Backup.OffRegion.Value && candidate.Pattern != DataPattern.LocalQuorum
            ? FromRepository(setting, candidate, needsHosts: true)
            : (new LossBound(null, "all places that have it are in this region"), null);
    }

    private static (LossBound Loss, RecoveryTime? Recovery) FromRepository(Setting setting, Candidate candidate, bool needsHosts) => (
        LossBound.OfRepository(setting, candidate.Pattern == DataPattern.Backup || setting.Backup.OffSite.Value),
        Recoveries.FromRepository(setting, candidate, needsHosts));

    /// <summary>With half of the places for coordination gone nobody takes over by himself.</summary>
    private static bool HasMajorityElsewhere(Setting setting, Candidate candidate)
    {
        var places = setting.Places(candidate).ToList();
        // A gate asks for the witness that is missing, in a region of its own.
        var missing = places.Count < 3 ? 1 : 0;
        return (places.Count(place => place.Region != setting.Active.Region) + missing) * 2 > places.Count + missing;
    }
}
