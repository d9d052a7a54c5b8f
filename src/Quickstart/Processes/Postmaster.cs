using System.Globalization;

namespace Holdfast.Quickstart.Processes;

/// <summary>Finds a server's main process by its <c>postmaster.pid</c>.</summary>
internal static class Postmaster
{
    /// <summary>Null: there is none that lives and works in this data directory.</summary>
    public static ProcessIdentity? Of(string data)
    {
        try
        {
            var first = File.ReadLines(Path.Combine(data, "postmaster.pid")).FirstOrDefault();
            return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) &&
                ProcessIdentity.Of(pid) is { } process && new FileInfo($"/proc/{pid}/cwd").LinkTarget == Path.GetFullPath(data)
                ? process
                : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null; // the number belongs to another user's process by now
        }
    }
}
