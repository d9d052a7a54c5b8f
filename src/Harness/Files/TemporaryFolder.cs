using Holdfast.Harness.Processes;

namespace Holdfast.Harness.Files;

/// <summary>A folder of our own (mode 0700), removed on dispose and when we end without disposing.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private bool _keep;

    public TemporaryFolder(string purpose)
    {
        Path = Directory.CreateTempSubdirectory($"holdfast-{purpose}-").FullName;
        Reaper.RemoveFolder(Path);
    }

    public string Path { get; }

    /// <summary>A path inside.</summary>
    public string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Leaves the folder in place for good, for instance to look at it after a failure.</summary>
    public void Keep()
    {
        _keep = true;
        Reaper.KeepFolder(Path);
    }

    public void Dispose()
    {
        if (!_keep && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
