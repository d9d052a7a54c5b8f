using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What a year of a candidate costs, and what the failures of a year are expected to cost with it.</summary>
/// <param name="Hosts">Members, at all sites.</param>
/// <param name="Disks">Of the members: the data, and the log kept for the other site.</param>
/// <param name="Repository">Of the backups and the archive.</param>
/// <param name="Traffic">Between the sites.</param>
/// <param name="Line">This store's part of the lines that it uses.</param>
/// <param name="Drills">This store's part of the drills.</param>
/// <param name="Damage">Expected: for each kind of failure, how often × (RTO + RPO) × what an hour costs.</param>
public sealed record Costs(Money Hosts, Money Disks, Money Repository, Money Traffic, Money Line, Money Drills, Money Damage)
{
    private const int Months = 12;

    /// <summary>Of a host, what a receiver of log takes.</summary>
    private const double ReceiverShare = 0.25;

    /// <summary>Of a host, what keeps a pilot light's data current.</summary>
    private const double PilotShare = 0.25;

    public Money Spent => Money.Sum([Hosts, Disks, Repository, Traffic, Line, Drills]);
    public Money Total => Spent + Damage;

    public static Costs Of(Setting setting, Candidate candidate, ImmutableArray<Outcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        var (facts, store, prices) = (setting.Facts, setting.Store, setting.Facts.Prices);
        var backup = setting.Backup;
        var hosts = candidate.LocalMembers + candidate.NearMembers + candidate.RemoteMembers
            + (candidate.Pattern == DataPattern.NearReceiver ? ReceiverShare : 0)
            + (candidate.Readiness == Readiness.PilotLight ? PilotShare : 0);
        var queue = candidate.Streams ? store.Queue.Value : new ByteCount(0);
        var keeps = store.HasBackup.Value ? 1 : 0;
        var kept = store.Size.Value * (backup.Share.Value.Value * Math.Max(1, backup.Retention.Value / backup.Interval.Value));
        var archive = setting.Traits.HasLog ? Backlog.Retention(backup.Retention.Value, store.Log.Value) : new ByteCount(0);
        var shared = facts.Stores.Length;
        // Backups go wherever the repository is; a line is leased for what follows.
        var lines = Money.Sum(setting.LinesOf(candidate).Select(line => line.Price.Value));
        return new Costs(
            prices.Host.Value * (hosts * Months),
            prices.Disk.Value * (((store.Size.Value * candidate.Copies) + queue).Gigabytes * Months),
            prices.Repository.Value * ((kept + archive).Gigabytes * Months * keeps),
            prices.Egress.Value * Crossing(setting, candidate).Gigabytes,
            lines * ((double)Months / shared),
            candidate.UsesOtherSite ? prices.Drill.Value * (prices.Drills.Value.TimesAYear / shared) : Money.Zero,
            Money.Sum(outcomes.Select(outcome => DamageBy(setting, candidate, outcome))));
    }

    /// <summary>How often a kind of failure strikes this store in a year.</summary>
    public static YearlyRate RateOf(Setting setting, Candidate candidate, FailureKind failure)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        var rate = setting.Facts.Failures[failure].Value;
        if (failure != FailureKind.Site)
        {
            return rate;
        }

        // All hosts of the site at once is the loss of the site, as far as this store is concerned.
        return candidate.LocalMembers == 1
            ? rate
            : rate + Durability.LossOfAll(
                candidate.LocalMembers, setting.Facts.Failures[FailureKind.Host].Value, setting.Facts.Times.Repair.Value, setting.Facts.CommonCause.Value);
    }

    /// <summary>What an outage costs, with what is lost: hours of both, at the price of an hour.</summary>
    private static Money DamageBy(Setting setting, Candidate candidate, Outcome outcome)
    {
        var rebuild = setting.Facts.Times.Rebuild.Value;
        // Nobody waits longer for it than making it anew by hand takes.
        var hours = new[] { outcome.Rto, outcome.Rpo }.Sum(time => time < rebuild ? time.Value.TotalHours : rebuild.TotalHours);
        return setting.Store.Damage.Value * (hours * RateOf(setting, candidate, outcome.Failure).TimesAYear);
    }

    private static ByteCount Crossing(Setting setting, Candidate candidate)
    {
        var log = setting.Store.Log.Value * Duration.Year;
        var backups = setting.Store.Size.Value * (setting.Backup.Share.Value.Value * (Duration.Year / setting.Backup.Interval.Value));
        return candidate switch
        {
            { UsesOtherSite: false } => new ByteCount(0),
            { Pattern: DataPattern.Backup } => setting.Traits.HasLog ? backups + log : backups,
            { Pattern: DataPattern.NearReceiver } => log * 2,
            // The leader sends to each member by itself.
            { IsSpread: true } => log * (candidate.NearMembers + candidate.RemoteMembers),
            _ => log,
        };
    }
}
