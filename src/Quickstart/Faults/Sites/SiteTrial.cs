using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>Exercises one fault of two sites: waits until all is well, strikes, waits until all is well again, and measures.</summary>
internal sealed class SiteTrial(SiteStage stage)
{
    /// <summary>For a change of the active site, and for all members to become healthy again.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <exception cref="QuickstartException">The sites are not well beforehand.</exception>
    public async Task<FaultResult> RunAsync(SiteFault fault, CancellationToken cancellationToken)
    {
        if (await stage.Both.WaitHealthyAsync(stage.Time.GetTimestamp(), Deadline, () => null, cancellationToken) is { } unwell)
        {
            throw new QuickstartException($"before {fault.Name}: {unwell}; see the logs");
        }

        await Task.WhenAll(
            stage.Writer.ShowLifeAsync(Trial.Calm, fault.Name, cancellationToken),
            stage.Sessions.Writer.ShowLifeAsync(Trial.Calm, fault.Name, cancellationToken));
        var (window, keys) = (stage.Writer.OpenWindow(), stage.Sessions.Writer.OpenWindow());
        stage.Pair.Protection.Reset(stage.Time.GetTimestamp());
        var strike = await fault.StrikeAsync(stage, SiteScene.Of(stage), cancellationToken);
        var missing = await stage.Both.WaitHealthyAsync(strike.RecoversFrom, Deadline, strike.Further, cancellationToken);
        var healthyAt = stage.Time.GetTimestamp();
        var unprotected = stage.Pair.Protection.Unprotected(healthyAt);
        var (outage, keysOut) = (window.Close(stage.Time.GetTimestamp()), keys.Close(stage.Time.GetTimestamp()));
        var (lost, unread) = await new PresentIds(stage.Database.ReadIdsAsync, stage.Time).CountLostAsync(stage.Losses, cancellationToken);
        var (lostKeys, unreadKeys) = await stage.Sessions.CountLostAsync(cancellationToken);
        var found = await strike.Inspect(cancellationToken);
        var result = new FaultResult
        {
            Fault = fault.Name,
            OutageSeconds = outage.TotalSeconds,
            Acknowledged = window.Acknowledged,
            Lost = lost,
            ReportedLost = found.ReportedLost,
            Verified = found.Verified,
            HealthyAfterSeconds = missing is null ? stage.Time.GetElapsedTime(strike.RecoversFrom, healthyAt).TotalSeconds : null,
            UnprotectedMs = unprotected.TotalMilliseconds,
            Move = found.Move,
            Second = new StoreResult(
                SitesFile.Sessions, keysOut.TotalSeconds, keys.Acknowledged, lostKeys, found.ReportedKeys, found.SessionsMove),
            Figures = found.Figures,
            Problems =
            [
                .. strike.Problems,
                .. Strike.ProblemsOf(
                    missing is null ? null : $"not healthy {Deadline.TotalSeconds:0} s after the fault: {missing}",
                    unread,
                    lost > 0 && !fault.MayLose
                        ? $"{lost} acknowledged rows are lost: {string.Join(", ", stage.Losses.Missing.TakeLast(10))}" : null,
                    unreadKeys,
                    lostKeys > 0 && !fault.MayLose
                        ? $"{lostKeys} acknowledged keys are lost: {string.Join(", ", stage.Sessions.Losses.Missing.TakeLast(10))}" : null),
                .. found.Problems,
            ],
        };
        stage.Narrator.Result(result);
        return result;
    }
}
