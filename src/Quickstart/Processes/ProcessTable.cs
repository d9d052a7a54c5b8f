using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Quickstart.Processes;

/// <summary>Finds the processes that belong to a folder.</summary>
internal static class ProcessTable
{
    /// <summary>
    /// All living processes whose working directory is in the folder, or one of whose arguments names something in it; and the
    /// root's descendants, if a root is given. A server's children show no directory in their titles but work in the data directory.
    /// </summary>
    public static ImmutableArray<ProcessIdentity> Of(string folder, ProcessIdentity? root = null)
    {
        var inside = folder.TrimEnd('/') + "/";
        var all = new Dictionary<int, ProcessStat>();
        var found = new HashSet<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) &&
                pid != Environment.ProcessId && ProcessStat.Read(pid) is { IsGone: false } stat)
            {
                all[pid] = stat;
                if (BelongsTo(pid, inside))
                {
                    found.Add(pid);
                }
            }
        }

        if (root is { } ancestor && all.TryGetValue(ancestor.Pid, out var its) && its.StartTime == ancestor.StartTime)
        {
            found.UnionWith(all.Keys.Where(pid => DescendsFrom(pid, ancestor.Pid, all)));
        }

        return [.. found.Order().Select(pid => new ProcessIdentity(pid, all[pid].StartTime))];
    }

    private static bool BelongsTo(int pid, string inside)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{pid}/cmdline");
            return arguments.Contains(inside, StringComparison.Ordinal) ||
                ((new FileInfo($"/proc/{pid}/cwd").LinkTarget ?? "") + "/").StartsWith(inside, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended meanwhile
        }
        catch (UnauthorizedAccessException)
        {
            return false; // another user's: none of ours
        }
    }

    private static bool DescendsFrom(int pid, int ancestor, Dictionary<int, ProcessStat> all)
    {
        for (var current = pid; current > 1; current = all.TryGetValue(current, out var stat) ? stat.Parent : 0)
        {
            if (current == ancestor)
            {
                return true;
            }
        }

        return false;
    }
}
