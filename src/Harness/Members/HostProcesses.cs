using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Harness.Processes;

namespace Holdfast.Harness.Members;

/// <summary>
/// The processes of one "host": those that work in its folder or name something in it. A server's children show no folder in their
/// titles, but work in the data directory.
/// </summary>
public static class HostProcesses
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static ImmutableArray<int> Of(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && pid != Environment.ProcessId && Posix.State(pid) is not (null or 'Z') && BelongsTo(pid, folder.TrimEnd('/') + "/")),
    ];

    /// <summary>Signals all of them, and those born meanwhile, until all have taken it.</summary>
    public static Task SignalAsync(string folder, Signal signal) => Eventually.TrueAsync(
        () =>
        {
            var left = Of(folder).Where(pid => signal != Signal.Stop || Posix.State(pid) is not 'T').ToList();
            left.ForEach(pid => Posix.Send(pid, signal));
            return left.Count == 0;
        },
        Limit,
        () => $"processes {string.Join(", ", Of(folder))} of {folder} do not take {signal}");

    /// <summary>Lets those go on that were stopped.</summary>
    public static void Thaw(string folder)
    {
        foreach (var pid in Of(folder).Where(pid => Posix.State(pid) is 'T'))
        {
            Posix.Send(pid, Signal.Continue);
        }
    }

    /// <summary>Those whose title or arguments contain the text, such as <c>walreceiver</c> or <c>pg_basebackup</c>.</summary>
    public static ImmutableArray<int> Named(string folder, string text) => [.. Of(folder).Where(pid => Title(pid).Contains(text, StringComparison.Ordinal))];

    /// <summary>Stops what bears this name as soon as there is such a process.</summary>
    public static async Task<ImmutableArray<int>> CatchAsync(string folder, string text, TimeSpan deadline)
    {
        ImmutableArray<int> caught = [];
        await Eventually.TrueAsync(() => !(caught = Named(folder, text)).IsEmpty, deadline, () => $"no {text} came to run in {folder}");
        foreach (var pid in caught)
        {
            Posix.Send(pid, Signal.Stop);
        }

        return caught;
    }

    private static string Title(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // it has ended meanwhile
        }
    }

    private static bool BelongsTo(int pid, string inside)
    {
        try
        {
            return Title(pid).Contains(inside, StringComparison.Ordinal) ||
                ((new FileInfo($"/proc/{pid}/cwd").LinkTarget ?? "") + "/").StartsWith(inside, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or another user's: none of ours
        }
    }
}
