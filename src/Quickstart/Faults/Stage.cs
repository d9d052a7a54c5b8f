using System.Collections.Immutable;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults;

/// <summary>Everything that a fault can lay hands on.</summary>
internal sealed record Stage
{
    public required Place Place { get; init; }
    public required Etcd Etcd { get; init; }
    public required ImmutableArray<Host> Hosts { get; init; }
    public required Command Command { get; init; }
    public required Group Group { get; init; }
    public required Writer Writer { get; init; }
    public required AppDatabase Database { get; init; }
    public required Narrator Narrator { get; init; }
    public required TimeProvider Time { get; init; }

    public Host Host(string name) => Hosts.Single(host => host.Name == name);

    /// <summary>
    /// Waits until another member is primary and the writer goes on there. Null: both have come; otherwise what has not.
    /// </summary>
    public async Task<string?> WaitForMoveAsync(Scene before, CancellationToken cancellationToken)
    {
        var moved = await Until.TrueAsync(
            () => Group.Newest is { Primary: not null } newest && newest.Epoch > before.Epoch && newest.Primary != before.Primary.Name &&
                Writer.Latest is var latest && latest.At > before.StruckAt && latest.Port != before.Primary.Place.Port,
            Trial.Deadline,
            Time,
            cancellationToken);
        if (moved)
        {
            var place = Place.Members.First(member => member.Port == Writer.Latest.Port).Name;
            Narrator.Say($"{Narrator.Seconds(Time.GetElapsedTime(before.StruckAt))} later: commits go on at {place}");
            return null;
        }

        return $"not exercised: {Trial.Deadline.TotalSeconds:0} s after the fault the primary was still " +
            $"{Group.Newest.Primary ?? "nobody"} (epoch {Group.Newest.Epoch}); the writer's last error: {Writer.LastProblem ?? "none"}";
    }
}

/// <summary>How things stood when a fault was exercised.</summary>
/// <param name="Servers">Main process of each member's server.</param>
/// <param name="StruckAt">Monotonic timestamp.</param>
internal sealed record Scene(long Epoch, Host Primary, ImmutableSortedDictionary<string, ProcessIdentity?> Servers, long StruckAt)
{
    public static Scene Of(Stage stage)
    {
        var (epoch, primary) = stage.Group.Newest;
        return new Scene(
            epoch,
            stage.Host(primary ?? throw new QuickstartException("there is no primary to exercise a fault on; see the agents' logs")),
            stage.Hosts.ToImmutableSortedDictionary(host => host.Name, host => host.Server),
            stage.Time.GetTimestamp());
    }
}
