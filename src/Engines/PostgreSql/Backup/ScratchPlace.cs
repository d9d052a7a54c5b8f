using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>
/// A folder for one restored copy. A mark in it, locked while it is in use, says whose it is: what a killed process left is known by it, and nothing
/// else is ever removed.
/// </summary>
internal sealed class ScratchPlace : IAsyncDisposable
{
    private const string MarkName = "holdfast-test-restore";
    private const string Prefix = "restore-";
    private const int RemoveTries = 20;
    private static readonly TimeSpan RemovePause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly FileStream _mark;
    private readonly PostgreSqlSpec _spec;
    private readonly TimeProvider _time;

    private ScratchPlace(string folder, FileStream mark, PostgreSqlSpec spec, TimeProvider time) =>
        (_folder, _mark, _spec, _time) = (folder, mark, spec, time);

    /// <summary>Where to restore into; not there yet.</summary>
    public string Data => DataIn(_folder);

    /// <exception cref="EngineException">The directory cannot be written.</exception>
    public static ScratchPlace Make(string directory, string owner, string id, PostgreSqlSpec spec, TimeProvider time)
    {
        DirectoryWork.RequirePrintable(directory);
        var folder = Path.Combine(directory, Prefix + id);
        try
        {
            DirectoryWork.CreateOwnerOnly(directory);
            DirectoryWork.CreateOwnerOnly(folder);
            var mark = new FileStream(MarkIn(folder), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            mark.Write(System.Text.Encoding.UTF8.GetBytes(owner + "\n"));
            mark.Flush(flushToDisk: true);
            return new ScratchPlace(folder, mark, spec, time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                $"cannot make {folder} for a test restore: {exception.Message}; let the agents' user own the directory of 'test-restore'", exception);
        }
    }

    /// <summary>Removes what carries the mark of this owner and is in nobody's hands.</summary>
    public static async Task RemoveLeftoversAsync(
        string directory, string owner, PostgreSqlSpec spec, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var folder in Directory.GetDirectories(directory, Prefix + "*"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Claim(folder, owner) is { } mark)
            {
                await new ScratchPlace(folder, mark, spec, time).DisposeAsync();
            }
        }
    }

    /// <summary>Ends the server, if one runs there, and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndServerAsync();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // The mark goes last: a process that is killed here has left something that the next one knows.
                foreach (var entry in new DirectoryInfo(_folder).EnumerateFileSystemInfos().Where(entry => entry.Name != MarkName))
                {
                    Remove(entry);
                }

                break;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A program that was just killed may have written a last file.
                if (attempt == RemoveTries)
                {
                    await _mark.DisposeAsync();
                    throw new EngineException($"cannot remove {_folder}: {exception.Message}", exception);
                }

                await Task.Delay(RemovePause, _time);
            }
        }

        await _mark.DisposeAsync();
        DirectoryWork.Remove(_folder);
    }

    private static string DataIn(string folder) => Path.Combine(folder, "data");

    private static string MarkIn(string folder) => Path.Combine(folder, MarkName);

    private static FileStream? Claim(string folder, string owner)
    {
        if (new DirectoryInfo(folder).LinkTarget is not null || !File.Exists(MarkIn(folder)))
        {
            return null;
        }

        try
        {
            var mark = new FileStream(MarkIn(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            var text = new byte[1024];
            var read = mark.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            if (System.Text.Encoding.UTF8.GetString(text, 0, read).Trim() == owner)
            {
                return mark;
            }

            mark.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In use, or not ours.
        }

        return null;
    }

    private static void Remove(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo directory && directory.LinkTarget is null)
        {
            directory.Delete(recursive: true);
        }
        else
        {
            entry.Delete();
        }
    }

    private async Task EndServerAsync()
    {
        if (!IsServed())
        {
            return;
        }

        using var limit = new CancellationTokenSource(StopLimit, _time);
        var binaries = new Binaries(_spec, CopyLayout(Data));
        await ToolRun.RunAsync(
            binaries.PathOf("pg_ctl"), ["stop", "-m", "immediate", "-w", "-t", "60", "-D", Data], environment: null, onErrorLine: null, limit.Token);
    }

    /// <summary>The process that the server's file names works in this directory: after a crash of the host its number may be another program's.</summary>
    private bool IsServed()
    {
        var first = AtomicFile.ReadOrNull(Path.Combine(Data, "postmaster.pid"))?.Split('\n')[0].Trim();
        try
        {
            return first is { Length: > 0 } && new DirectoryInfo($"/proc/{first}/cwd").LinkTarget == Data;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>For what needs a member's layout, of which only the data directory counts here.</summary>
    public static Layout CopyLayout(string data) =>
        new(new MemberSpec { Name = "copy", Site = "copy", Address = new("127.0.0.1", 5432), Agent = default, Data = data });
}
