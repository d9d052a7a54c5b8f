using System.Collections.Immutable;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Links;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>Everything of two sites that a fault can lay hands on.</summary>
internal sealed record SiteStage
{
    public required Place Place { get; init; }
    public required ImmutableArray<Etcd> Etcds { get; init; }
    public required ImmutableArray<Host> Hosts { get; init; }
    public required SiteLink Link { get; init; }
    public required Command Command { get; init; }
    public required SitePair Pair { get; init; }
    public required Writer Writer { get; init; }
    public required AppDatabase Database { get; init; }
    public required LossCheck Losses { get; init; }
    /// <summary>Acknowledged rows that were reported as lost so far: a report stays when another is made.</summary>
    public IdSet Reported { get; } = new();
    public required SessionStage Sessions { get; init; }
    /// <summary>Both stores.</summary>
    public required SiteStores Both { get; init; }
    public required Narrator Narrator { get; init; }
    public required TimeProvider Time { get; init; }

    public IEnumerable<Host> HostsAt(string site) => Hosts.Where(host => host.Place.Site == site);

    public Etcd EtcdAt(string site) => Etcds.Single(etcd => etcd.Place.Site == site);

    /// <summary>Runs a verb of <c>holdfast</c> on this system, without asking anybody.</summary>
    /// <exception cref="QuickstartException">It fails, or does not end in time.</exception>
    public Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        Command.RunAsync(SiteTrial.Deadline, [.. arguments, "-f", Place.SystemFile], cancellationToken);

    /// <summary>
    /// Waits until a commit and a key are acknowledged at the site, after the moment given. Null: they were; otherwise what came instead.
    /// </summary>
    public async Task<string?> WaitForWritesAsync(string site, long after, CancellationToken cancellationToken)
    {
        var problems = await Task.WhenAll(
            WaitForAsync("commits", Writer, Pair, site, after, cancellationToken),
            WaitForAsync("keys", Sessions.Writer, Sessions.Pair, site, after, cancellationToken));
        return problems.All(problem => problem is null) ? null : string.Join("; ", problems.OfType<string>());
    }

    private async Task<string?> WaitForAsync(string what, Recorder writer, SitePair pair, string site, long after, CancellationToken cancellationToken)
    {
        var goesOn = await Until.TrueAsync(
            () => writer.Latest is var latest && latest.At > after && Place.At(latest.Port)?.Site == site,
            SiteTrial.Deadline,
            Time,
            cancellationToken);
        if (goesOn)
        {
            var place = Place.At(writer.Latest.Port)!;
            Narrator.Say($"{Narrator.Seconds(Time.GetElapsedTime(after))} later: {what} go on at {site} ({place.Name})");
            return null;
        }

        return $"no {what} at {site} in {SiteTrial.Deadline.TotalSeconds:0} s; the active site is {pair.ActiveSite ?? "not known"}, " +
            $"the writer's last error: {writer.LastProblem ?? "none"}";
    }
}

/// <summary>How things stood when a fault was exercised.</summary>
/// <param name="StruckAt">Monotonic timestamp.</param>
internal sealed record SiteScene(string Active, string Passive, long StruckAt)
{
    /// <exception cref="QuickstartException">No agent knows which site is active, or the two stores are not at the same.</exception>
    public static SiteScene Of(SiteStage stage) =>
        stage.Pair is { ActiveSite: { } active, PassiveSite: { } passive } && stage.Sessions.Pair.ActiveSite == active
            ? new SiteScene(active, passive, stage.Time.GetTimestamp())
            : throw new QuickstartException("no agent knows which site is active, or the stores are not at one; see the agents' logs");
}
