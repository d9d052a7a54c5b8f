namespace Holdfast.Quickstart.Faults;

/// <summary>
/// Everything on the primary's host stands still, as a paused virtual machine does: its sockets stay open, nobody answers. It goes on
/// well after another member has taken over, and acts first on what it believed before.
/// </summary>
internal sealed class Freeze : Fault
{
    public const string Key = "freeze";
    private static readonly TimeSpan FrozenAfterMove = TimeSpan.FromSeconds(5);
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        var host = before.Primary;
        stage.Narrator.Say($"SIGSTOP to everything on the host of {host.Name}, the primary: agent, guard, server");
        string? problem;
        try
        {
            await host.FreezeAsync(cancellationToken);
            problem = await stage.WaitForMoveAsync(before, cancellationToken);
            await Task.Delay(FrozenAfterMove, stage.Time, cancellationToken);
        }
        finally
        {
            host.Thaw();
        }

        var thawedAt = stage.Time.GetTimestamp();
        var frozenFor = Reporting.Narrator.Seconds(stage.Time.GetElapsedTime(before.StruckAt));
        stage.Narrator.Say($"the host of {host.Name} thaws, after {frozenFor}");
        return new Strike(thawedAt) { Problems = Strike.ProblemsOf(problem) };
    }
}
