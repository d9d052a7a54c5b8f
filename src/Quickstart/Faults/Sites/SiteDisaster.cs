using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>
/// The active site is lost as a whole: first its link to the other site goes silent, so that commits are acknowledged that the other site will never
/// see, and then everything there is killed at once, etcd included. The other site takes over by itself. Later the lost site boots,
/// and what it had alone must be reported exactly; of keys, all but the newest, which no log had yet.
/// </summary>
internal sealed class SiteDisaster : SiteFault
{
    public const string Key = "site-disaster";
    /// <summary>From the cut of the link until the site is gone.</summary>
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(1);
    public override string Name => Key;
    public override bool MayLose => true;

    public override async Task<SiteStrike> StrikeAsync(SiteStage stage, SiteScene before, CancellationToken cancellationToken)
    {
        var (lost, time) = (before.Active, stage.Time);
        stage.Narrator.Say($"the link between {lost} and {before.Passive} goes silent; {Alone.TotalSeconds:0} s later {lost} is gone");
        stage.Link.Cut();
        string? problem;
        long killedAt;
        try
        {
            await Task.Delay(Alone, time, cancellationToken);
            stage.Narrator.Say($"SIGKILL to everything at {lost}: agents, guards, servers, etcd");
            killedAt = time.GetTimestamp();
            await Task.WhenAll(
                [stage.EtcdAt(lost).KillAsync(cancellationToken), .. stage.HostsAt(lost).Select(host => host.CrashAsync(cancellationToken))]);
            problem = await stage.WaitForWritesAsync(before.Passive, killedAt, cancellationToken);
        }
        finally
        {
            stage.Link.Heal();
        }

        stage.Narrator.Say($"{lost} boots: etcd and the agents are started, the link is whole");
        var bootedAt = time.GetTimestamp();
        await stage.EtcdAt(lost).StartAsync(cancellationToken);
        foreach (var host in stage.HostsAt(lost))
        {
            host.StartAgent();
        }

        return new SiteStrike(bootedAt)
        {
            Problems = Strike.ProblemsOf(
                problem,
                stage.Sessions.Pair.ActiveSite == before.Passive ? null
                    : $"the active site of {SitesFile.Sessions} is {stage.Sessions.Pair.ActiveSite ?? "not known"}, not {before.Passive}",
                stage.Pair.ActiveSite == before.Passive ? null : $"the active site is {stage.Pair.ActiveSite ?? "not known"}, not {before.Passive}"),
            Inspect = async token => await CompareKeysAsync(stage, before, await CompareAsync(stage, before, token), token),
        };
    }

    /// <summary>What the returned site reports as lost, with what the writer knows to be lost.</summary>
    private static async Task<SiteFindings> CompareAsync(SiteStage stage, SiteScene before, CancellationToken cancellationToken)
    {
        var move = stage.Pair.Move("failover", before.Passive);
        var findings = new SiteFindings
        {
            Move = move,
            Verified = move?.Verified,
            Problems = Strike.ProblemsOf(move is null ? "the agents have no record of the failover" : null),
        };
        try
        {
            var report = ReportedLoss.Parse(await stage.RunAsync(cancellationToken, "loss", SystemFile.Store, "--json"));
            var comparison = LossComparison.Of(stage.Writer.Acknowledged, stage.Losses, report);
            stage.Narrator.Say(
                $"holdfast loss: {comparison.Reported.Count:N0} acknowledged rows, and {comparison.OfUnknownFate:N0} of which the writer had not " +
                $"heard; whole by {string.Join(", ", report.Complete.DefaultIfEmpty("nobody"))}; " +
                $"the writer misses {stage.Losses.Missing.LongCount():N0}");
            return findings with
            {
                ReportedLost = comparison.Reported.LongCount(stage.Reported.Add),
                Figures = ImmutableSortedDictionary<string, double>.Empty
                    .Add("reportedUnacknowledged", comparison.OfUnknownFate)
                    .Add("siteLeaseSeconds", SitesFile.SiteLease.TotalSeconds),
                Problems =
                [
                    .. findings.Problems,
                    .. comparison.Problems,
                    .. report.Oddities.Take(5),
                    .. report.Complete.Count > 0 ? [] : report.Gaps.Prepend("no report of the loss is complete"),
                ],
            };
        }
        catch (Exception fault) when (fault is QuickstartException or JsonException)
        {
            return findings with { Problems = [.. findings.Problems, $"there is no report of the loss: {fault.Message}"] };
        }
    }
    /// <summary>The same of the keys. What is acknowledged is in the server's log a moment later, so the newest may be in none.</summary>
    private static async Task<SiteFindings> CompareKeysAsync(SiteStage stage, SiteScene before, SiteFindings findings, CancellationToken cancellationToken)
    {
        var sessions = stage.Sessions;
        var move = sessions.Pair.Move("failover", before.Passive);
        findings = findings with { SessionsMove = move };
        try
        {
            var report = ReportedLoss.ParseKeys(await stage.RunAsync(cancellationToken, "loss", SitesFile.Sessions, "--json", "--no-check"));
            var comparison = KeyLoss.Of(sessions.Writer.Acknowledged, sessions.Losses, sessions.AccountedFor, report);
            stage.Narrator.Say(
                $"holdfast loss: {comparison.Reported:N0} acknowledged keys of {SitesFile.Sessions}; " +
                $"{comparison.InNoLog:N0} newer ones were in no log yet; the writer misses {comparison.Missing:N0}");
            return findings with
            {
                ReportedKeys = comparison.Reported,
                Figures = findings.Figures.Add("keysInNoLog", comparison.InNoLog),
                Problems =
                [
                    .. findings.Problems,
                    .. Strike.ProblemsOf(move is null ? $"the agents have no record of the failover of {SitesFile.Sessions}" : null),
                    .. comparison.Problems,
                    .. report.Oddities.Take(5),
                    .. report.Complete.Count > 0 ? [] : report.Gaps.Prepend("no report of the lost keys is complete"),
                ],
            };
        }
        catch (Exception fault) when (fault is QuickstartException or JsonException)
        {
            return findings with { Problems = [.. findings.Problems, $"there is no report of the lost keys: {fault.Message}"] };
        }
    }
}
