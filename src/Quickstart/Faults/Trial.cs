using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults;

/// <summary>Exercises one fault: waits until all is well, strikes, waits until all is well again, and measures.</summary>
internal sealed class Trial(Stage stage, LossCheck losses)
{
    /// <summary>For a change of primary, and for all members to become healthy again.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    /// <summary>So long the writer writes in peace before each fault.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(1.5);

    /// <exception cref="QuickstartException">The group is not well beforehand.</exception>
    public async Task<FaultResult> RunAsync(Fault fault, CancellationToken cancellationToken)
    {
        await SettleAsync(fault, cancellationToken);
        var window = stage.Writer.OpenWindow();
        stage.Group.Protection.Reset(stage.Time.GetTimestamp());
        var before = Scene.Of(stage);

        var strike = await fault.StrikeAsync(stage, before, cancellationToken);
        var missing = await stage.Group.WaitHealthyAsync(strike.RecoversFrom, Deadline, strike.Further, cancellationToken);
        var healthyAt = stage.Time.GetTimestamp();
        var unprotected = stage.Group.Protection.Unprotected(healthyAt);
        var outage = window.Close(stage.Time.GetTimestamp());
        var (lost, unread) = await new PresentIds(stage.Database.ReadIdsAsync, stage.Time).CountLostAsync(losses, cancellationToken);
        var change = await stage.Group.LastChangeAsync(cancellationToken) is { } last && last.Epoch > before.Epoch ? last : null;

        var result = new FaultResult
        {
            Fault = fault.Name,
            OutageSeconds = outage.TotalSeconds,
            Acknowledged = window.Acknowledged,
            Lost = lost,
            HealthyAfterSeconds = missing is null ? stage.Time.GetElapsedTime(strike.RecoversFrom, healthyAt).TotalSeconds : null,
            UnprotectedMs = unprotected.TotalMilliseconds,
            Change = change,
            Problems =
            [
                .. strike.Problems,
                .. Strike.ProblemsOf(
                    missing is null ? null : $"not healthy {Deadline.TotalSeconds:0} s after the fault: {missing}",
                    unread,
                    lost > 0 ? $"{lost} acknowledged rows are lost: {string.Join(", ", losses.Missing.TakeLast(10))}" : null,
                    unprotected > TimeSpan.Zero
                        ? $"for {unprotected.TotalMilliseconds:0} ms one copy was enough, though a second standby was there" : null),
            ],
        };
        stage.Narrator.Result(result);
        return result;
    }

    private async Task SettleAsync(Fault fault, CancellationToken cancellationToken)
    {
        var since = stage.Time.GetTimestamp();
        if (await stage.Group.WaitHealthyAsync(since, Deadline, () => null, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"before {fault.Name}: {missing}; see the logs");
        }

        await stage.Writer.ShowLifeAsync(Calm, fault.Name, cancellationToken);
    }
}
