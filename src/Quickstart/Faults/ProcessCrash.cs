using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Faults;

/// <summary>SIGKILL to the primary's postmaster, and to nothing else: its agent lives and must hand over.</summary>
internal sealed class ProcessCrash : Fault
{
    public const string Key = "process-crash";
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        var host = before.Primary;
        var server = before.Servers[host.Name]
            ?? throw new QuickstartException($"no server runs in {host.Place.Data}; see {host.Place.AgentLog}");
        stage.Narrator.Say($"SIGKILL to the postmaster of {host.Name} (process {server.Pid}), the primary");
        var struckAt = stage.Time.GetTimestamp();
        var killed = Signals.Send(server, Signal.Kill);

        // Another member takes over, or the server is restarted in place: both are right, and the writer need not care. Backends outlive their
        // postmaster for a moment and may still commit: only a commit at the new primary, or after the restart, shows that it goes on.
        long? restartedAt = null;
        var goesOn = await Until.TrueAsync(
            () =>
            {
                restartedAt ??= host.Server is { } now && now != server ? stage.Time.GetTimestamp() : null;
                var ((epoch, primary), latest) = (stage.Group.Newest, stage.Writer.Latest);
                var at = stage.Place.Members.FirstOrDefault(member => member.Port == latest.Port)?.Name;
                return epoch > before.Epoch && primary != host.Name
                    ? latest.At > struckAt && at == primary
                    : latest.At > restartedAt && at == host.Name;
            },
            Trial.Deadline,
            stage.Time,
            cancellationToken);
        if (goesOn)
        {
            var place = stage.Place.Members.First(member => member.Port == stage.Writer.Latest.Port).Name;
            var how = stage.Group.Newest.Epoch > before.Epoch ? "" : ", restarted in place";
            var after = Reporting.Narrator.Seconds(stage.Time.GetElapsedTime(struckAt));
            stage.Narrator.Say($"{after} later: commits go on at {place}{how}");
        }

        return new Strike(struckAt)
        {
            Further = () => host.Server is { } now && now != server ? null : $"the server of {host.Name} has not been started again",
            Problems = Strike.ProblemsOf(
                killed ? null : "not exercised: the postmaster had ended before it was killed",
                goesOn ? null
                    : $"no commit in {Trial.Deadline.TotalSeconds:0} s; the writer's last error: {stage.Writer.LastProblem ?? "none"}"),
        };
    }
}
