using System.Diagnostics;
using Holdfast.Agent.Guarding;

namespace Holdfast.Agent.Tests.Guarding;

/// <summary>
/// Stands in for a database server: a main process with two children, working in the data directory. It is a shell and two sleeps, because what
/// is tested here is which processes are killed, not what they do.
/// </summary>
internal sealed class ServerDouble : IDisposable
{
    private readonly Process _main;

    public ServerDouble(string dataDirectory)
    {
        _main = Start("/bin/sh", dataDirectory, "-c", "sleep 300 & sleep 301 & wait");
        Await.That(() => ChildrenOf(_main.Id).Count == 2, "both children run");
        Children = ChildrenOf(_main.Id);
        StartTime = ProcessFacts.Of(_main.Id)!.StartTime;
    }

    public int Pid => _main.Id;
    public ulong StartTime { get; }
    public IReadOnlyList<int> Children { get; }
    public bool IsRunning => IsAlive(Pid);
    public bool IsGone => !IsAlive(Pid) && !Children.Any(IsAlive);

    public static bool IsAlive(int pid) => ProcessFacts.Of(pid) is { Ended: false };

    public static Process Start(string program, string folder, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;

    public void Dispose()
    {
        foreach (var pid in Children.Append(Pid))
        {
            Kill(pid);
        }

        _main.Dispose();
    }

    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit(Await.Long);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private static List<int> ChildrenOf(int pid) =>
        [.. ProcessFacts.All().Where(facts => facts.ParentPid == pid && !facts.Ended).Select(facts => facts.Pid)];
}
