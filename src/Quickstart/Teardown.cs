using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart;

/// <summary>
/// Ends everything that runs in a quickstart's folder, and nothing else, by pid and start time: first the agents, which would start
/// servers again, then guards and servers, then etcd. Knows nothing but the folder, so that it serves after a crash too.
/// </summary>
internal sealed class Teardown(string folder, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(1);
    private readonly ProcessLedger _ledger = new(folder);

    /// <summary>Null: nothing is left. Otherwise what is, for people.</summary>
    public async Task<string?> RunAsync()
    {
        await EndAsync([.. Recorded(Host.LedgerPrefix).Select(process => (process, Signal.Terminate))], Patience);
        await EndAsync([.. OfMembers().Select(process => (process, IsServer(process) ? Signal.Interrupt : Signal.Terminate))], Patience);
        await EndAsync([.. OfMembers().Where(IsServer).Select(process => (process, Signal.Quit))], ShortPatience);
        await EndAsync([.. Recorded(Etcd.LedgerPrefix).Select(process => (process, Signal.Terminate))], Patience);

        await Until.TrueAsync(
            () =>
            {
                var left = Left();
                left.ForEach(process => Signals.Send(process, Signal.Kill));
                return left.Count == 0;
            },
            Patience,
            time,
            CancellationToken.None);
        var remains = Left();
        return remains.Count == 0 ? null
            : $"processes {string.Join(", ", remains.Select(process => process.Pid))} do not end, not even by SIGKILL";
    }

    /// <summary>Signals them and waits until they are gone, at most for so long. A frozen one is woken, else it would not hear.</summary>
    private async Task EndAsync(IReadOnlyCollection<(ProcessIdentity Process, Signal Signal)> those, TimeSpan patience)
    {
        foreach (var (process, signal) in those)
        {
            Signals.Send(process, signal);
            Signals.Send(process, Signal.Continue);
        }

        await Until.TrueAsync(() => those.All(one => !one.Process.IsAlive()), patience, time, CancellationToken.None);
    }

    private List<ProcessIdentity> Left() => [.. Recorded(""), .. OfMembers()];

    private IEnumerable<ProcessIdentity> Recorded(string prefix) =>
        _ledger.Living().Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => entry.Process);

    private string[] MemberFolders() => Directory.Exists(folder)
        ? [.. new[] { SystemFile.Store, SitesFile.Sessions }.SelectMany(store => Directory.GetDirectories(folder, $"{store}-*"))]
        : [];

    /// <summary>Main processes and guards; a server's children end with it and are not signalled unless they outlive it.</summary>
    private ProcessIdentity[] OfMembers()
    {
        var all = MemberFolders().SelectMany(member => ProcessTable.Of(member)).ToArray();
        var servers = Servers();
        return [.. all.Where(process => !servers.Contains(ProcessStat.Read(process.Pid)?.Parent ?? 0))];
    }

    private bool IsServer(ProcessIdentity process) => Servers().Contains(process.Pid);

    private HashSet<int> Servers() =>
    [
        .. MemberFolders().Select(member => Postmaster.Of(Path.Combine(member, "data")))
            .OfType<ProcessIdentity>().Select(server => server.Pid),
    ];
}
