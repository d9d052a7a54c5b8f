namespace Holdfast.Quickstart.Faults;

/// <summary>etcd is killed and stays away for a while: commits must go on. Then it comes back on the same data.</summary>
internal sealed class CoordinationLoss(TimeSpan away) : Fault
{
    public const string Key = "coordination-loss";
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        stage.Narrator.Say($"SIGKILL to etcd; it stays away for {away.TotalSeconds:0} s");
        await stage.Etcd.KillAsync(cancellationToken);
        var goneAt = stage.Time.GetTimestamp();
        var rowsBefore = stage.Writer.Acknowledged.Count;
        await Task.Delay(away, stage.Time, cancellationToken);
        var rows = stage.Writer.Acknowledged.Count - rowsBefore;
        var noticed = stage.Group.CoordinationMissedAt > goneAt;
        stage.Narrator.Say($"{rows:N0} commits acknowledged without etcd; it is started again");

        var backAt = stage.Time.GetTimestamp();
        await stage.Etcd.StartAsync(cancellationToken);
        return new Strike(backAt)
        {
            Problems = Strike.ProblemsOf(
                noticed ? null : "not exercised: no agent noticed that etcd was gone",
                rows > 0 ? null : $"no commit while etcd was away; the writer's last error: {stage.Writer.LastProblem ?? "none"}",
                stage.Group.Newest.Primary == before.Primary.Name ? null
                    : $"the primary changed, to {stage.Group.Newest.Primary ?? "nobody"}"),
        };
    }
}
